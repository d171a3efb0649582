"""`podkluch release create` and what follows: a draft is published, spread and taken back."""

import json
import uuid

import pytest
from sqlalchemy import text

from onec.cfe_writer import NewObject, make_cfe

WHY = ("--reason-ru", "Портит движения документов")


@pytest.fixture
def draft(podkluch, extension, cfe, rules):
    """Makes a draft of the file."""

    def make(*options, code=0):
        told = ("--extension", extension["code"], "--rules", rules, "--notes-ru", "Новое")
        return podkluch.json("release", "create", cfe, *told, *options, code=code)

    return make


@pytest.fixture
def release(podkluch, draft):
    """A published release."""
    made = draft("--channel", "beta")
    told = ("publish-draft", made["id"], "--rollout-percent", 20)
    return podkluch.json("release", *told)


def test_a_draft_is_made_and_not_offered(draft, stored):
    made = draft("--min-from", "2.0", "--critical")
    assert (made["version"], made["status"], made["file"]) == ("2.4.0", "draft", "file.cfe")
    assert made["warnings"] == []
    with stored.connect() as connection:
        row = connection.execute(text("SELECT status, critical, min_from_version FROM releases"))
        assert row.one() == ("draft", True, "2.0")


def test_a_draft_may_have_the_rules_and_flags_of_others(podkluch, release, extension, cfe):
    assert release["status"] == "published"
    cfe.write_bytes(
        make_cfe(
            "СкладскойПомощник",
            "Помощник",
            "2.5.0",
            "Вектор",
            "СП_",
            objects=[NewObject("Catalog", "СП_Товары")],
        )
    )
    shown = podkluch("release", "create", cfe, "--extension", extension["code"]).stdout
    assert "Черновик заведён" in shown
    assert "Внимание: Структура данных может измениться: +Catalog.СП_Товары." in shown


def test_what_is_missing_is_named(podkluch, extension, cfe):
    made = podkluch.json("release", "create", cfe, "--extension", extension["code"])
    refused = podkluch("release", "publish-draft", made["id"], code=1)
    assert refused.stderr.startswith("RELEASE_NOT_READY: ")
    assert refused.stderr.splitlines() == [
        "RELEASE_NOT_READY: Нельзя опубликовать: нет описания на русском, нет разрешающего правила",
        "Дополните черновик и опубликуйте его снова",
    ]


def test_what_was_missing_is_added_to_the_draft(podkluch, draft):
    key = draft("--notes-ru", "")["id"]
    podkluch("release", "publish-draft", key, code=1)
    told = ("--notes-ru", "Новое", "--migration-notes-ru", "Ничего", "--critical")
    shown = podkluch("release", "amend", key, *told).stdout
    assert shown.startswith("Релиз изменён\n")
    assert "Состояние      черновик\n" in shown
    assert podkluch.json("release", "publish-draft", key)["status"] == "published"
    podkluch("release", "amend", key, "--notes-ru", "Новее", "--not-critical")
    refused = podkluch.json("release", "amend", key, "--notes-ru", "", code=1)
    assert [error["pointer"] for error in refused["errors"]] == ["/notes_ru"]


def test_releases_are_listed_and_a_draft_is_deleted(podkluch, release, draft, cfe):
    cfe.write_bytes(make_cfe("СкладскойПомощник", "Помощник", "2.5.0", "Вектор", "СП_"))
    made = draft()
    found = podkluch.json("release", "list")["releases"]
    assert [row["id"] for row in found] == [made["id"], release["id"]]
    shown = podkluch("release", "list", "--extension", "helper", "--status", "draft").stdout
    assert shown == f"helper 2.5.0  черновик, stable, 100 %  {made['id']}\n"
    podkluch("release", "list", "--status", "new", code=1)
    assert podkluch("release", "delete", made["id"]).stdout.startswith("Черновик удалён\n")
    refused = podkluch.json("release", "delete", release["id"], code=1)
    assert refused["code"] == "RELEASE_IMMUTABLE"
    assert len(podkluch.json("release", "list")["releases"]) == 1
    empty = podkluch("release", "list", "--status", "draft", "--lang", "en").stdout
    assert empty == "There are no releases.\n"


def test_a_draft_has_nothing_to_stop(podkluch, draft):
    refused = podkluch.json("release", "pause", draft()["id"], code=1)
    assert (refused["code"], refused["detail"]) == (
        "RELEASE_STATE",
        "Сначала опубликуйте черновик",
    )


def test_a_release_is_spread_and_stopped(podkluch, release):
    def told(*arguments, code=0):
        return podkluch.json("release", *arguments, code=code)

    key = release["id"]
    assert (release["rollout_percent"], release["channel"]) == (20, "beta")
    assert told("rollout", key, 50)["rollout_percent"] == 50
    assert told("rollout", key, 49, code=1)["code"] == "RELEASE_IMMUTABLE"
    assert told("rollout", key, 101, code=1)["code"] == "VALIDATION_FAILED"
    assert told("promote", key, "stable")["channel"] == "stable"
    assert told("promote", key, "rc", code=1)["code"] == "RELEASE_IMMUTABLE"
    assert told("pause", key)["status"] == "paused"
    assert told("resume", key)["status"] == "published"


def test_a_release_is_taken_back_with_an_advice(podkluch, release, draft, cfe):
    cfe.write_bytes(make_cfe("СкладскойПомощник", "Помощник", "2.5.0", "Вектор", "СП_"))
    other = podkluch.json("release", "publish-draft", draft()["id"])
    both = ("--stop", "--back-to", release["id"])
    podkluch("release", "withdraw", other["id"], *WHY, *both, code=2)
    shown = podkluch("release", "withdraw", other["id"], *WHY, *both[1:]).stdout
    assert shown.startswith("Релиз отозван\n")
    gone = podkluch.json("release", "withdraw", release["id"], *WHY, "--stop")
    assert gone["status"] == "withdrawn"
    refused = podkluch("release", "pause", release["id"], code=1)
    assert refused.stderr.startswith("RELEASE_WITHDRAWN: ")


def test_who_takes_the_signing_over_sees_what_was_withdrawn(podkluch, release, tmp_path):
    podkluch("release", "withdraw", release["id"], *WHY)
    asked = tmp_path / "request.json"
    podkluch("trust", "request", "--to-vendor", "--out", asked)
    told = ("--keys", tmp_path / "own", "--out", tmp_path / "given.json")
    shown = podkluch("sign", asked, *told, code=1)
    assert "Новый релиз, уже отозван: ext/helper/2.4.0/helper.cfe\n" in shown.stdout
    assert shown.stderr.splitlines() == [
        "NOT_SIGNED: Ничего не подписано",
        "Без терминала ответить некому: просмотрите список и добавьте `--yes`",
    ]


def test_rules_are_replaced_with_a_reason(podkluch, release, rules):
    refused = podkluch.json("release", "rules", release["id"], rules, code=1)
    assert [error["pointer"] for error in refused["errors"]] == ["/reason"]
    because = ("--reason", "Проверено на новой версии")
    made = podkluch.json("release", "rules", release["id"], rules, *because)
    assert (made["rules"], made["rules_version"]) == (1, 2)


def test_rules_may_come_as_mikos_list(podkluch, draft, tmp_path):
    path = tmp_path / "miko.json"
    path.write_text('\ufeff[{"conf": "Розница", "min_1c_version": "2.3.1.1"},]', encoding="utf-8")
    key = draft()["id"]
    assert podkluch.json("release", "rules", key, path, "--miko")["rules"] == 1
    path.write_text("[{]", encoding="utf-8")
    refused = podkluch.json("release", "rules", key, path, "--miko", code=1)
    assert refused["title"] == "miko.json — не JSON: строка 1, столбец 3"


def test_mikos_list_without_its_option_is_recognised(podkluch, draft, tmp_path):
    path = tmp_path / "miko.json"
    path.write_text('[{"conf": "Розница", "min_1c_version": "2.3.1.1"},]', encoding="utf-8")
    refused = podkluch("release", "rules", draft()["id"], path, code=1)
    assert "Файл miko.json — список МИКО: добавьте `--miko`\n" in refused.stderr


def test_odd_rules_are_taken_and_told(podkluch, draft, rules):
    rows = [{"version_from": "3.0.170", "version_to": "3.0.150"}]
    rules.write_text(json.dumps({"rules": rows}), encoding="utf-8")
    shown = podkluch("release", "rules", draft()["id"], rules).stdout
    assert "Внимание: Правилу 1 не соответствует ни одна версия." in shown


def test_an_unknown_release_is_not_found(podkluch, extension):
    del extension
    told = podkluch.json("release", "pause", uuid.UUID(int=7), code=1)
    assert told["code"] == "NOT_FOUND"
