"""`podkluch release publish`: what the file says beside what was said of it, then a release."""

import hashlib
import json

import pytest
from sqlalchemy import text

from onec.cfe_writer import NewObject, make_cfe
from tests.factories.cfe import bad_sha1, corrupt


def one(stored, query):
    with stored.connect() as connection:
        return connection.scalar(text(query))


def test_it_shows_the_file_beside_what_was_said_of_it(publish):
    shown = publish("--version", "2.4.1").stdout
    for words in (
        "СкладскойПомощник",
        "2.4.0",
        "2.4.1",
        "адаптация",
        "Вектор",
        "СП_",
        "8.3.14",
    ):
        assert words in shown
    assert "Релиз опубликован" in shown


def test_it_counts_objects_and_gives_warnings(publish, cfe):
    objects = [NewObject("Catalog", "СП_Товары"), NewObject("HTTPService", "СП_Обмен")]
    cfe.write_bytes(
        make_cfe("СкладскойПомощник", "Помощник", "2.4.0", "Вектор", "СП_", objects=objects)
    )
    shown = publish().stdout
    assert "Внимание: Может потребоваться монопольный доступ" in shown
    told = json.loads(publish("--version", "9", "--json", code=1).stdout)
    assert told["code"] == "ARTIFACT_EXISTS"


def test_its_json_holds_the_release_and_the_file(publish, cfe, stored):
    made = json.loads(publish("--json").stdout)
    assert made["file"] == {
        "name": "СкладскойПомощник",
        "version": "2.4.0",
        "vendor": "Вектор",
        "prefix": "СП_",
        "purpose": "customization",
        "compatibility": "8.3.14",
        "own": 0,
        "adopted": 1,
        "warnings": [],
    }
    assert (made["version"], made["channel"], made["rules"]) == ("2.4.0", "stable", 1)
    assert made["sha256"] == hashlib.sha256(cfe.read_bytes()).hexdigest()
    assert made["published_at"].endswith("Z")
    assert one(stored, "SELECT status FROM releases") == "published"


def test_the_bytes_are_in_the_store(publish, cfe, podkluch):
    made = json.loads(publish("--json").stdout)
    path = podkluch.data / "artifacts" / "sha256" / made["sha256"][:2] / made["sha256"]
    assert path.read_bytes() == cfe.read_bytes()


def test_draft_and_publication_are_one_act(publish, rules, stored):
    rules.write_text('{"rules": [{"effect": "deny"}]}')
    assert publish(code=1).stderr.startswith("RELEASE_NOT_READY: ")
    assert one(stored, "SELECT count(*) FROM releases") == 0


def test_another_extensions_file_is_refused_after_it_was_shown(publish, cfe, stored):
    cfe.write_bytes(make_cfe("Чужое", "Чужое", "1.0", "Другой", "Ч_"))
    refused = publish(code=1)
    assert "Чужое" in refused.stdout
    assert refused.stderr.startswith("ARTIFACT_NAME_MISMATCH: ")
    assert one(stored, "SELECT count(*) FROM artifacts") == 0


def test_a_damaged_file_is_refused(publish, cfe):
    cfe.write_bytes(corrupt(cfe.read_bytes(), bad_sha1))
    assert publish(code=1).stderr.startswith("ARTIFACT_INVALID: ")


def test_a_file_above_the_limit_is_refused_unread(publish, podkluch):
    podkluch.environment["PODKLUCH_UPLOAD_MAX_BYTES"] = "1000"
    assert publish(code=1).stderr.startswith("BODY_TOO_LARGE: ")


def test_a_version_that_is_no_number_has_to_be_named(publish, cfe):
    cfe.write_bytes(make_cfe("СкладскойПомощник", "П", "осень", "Вектор", "СП_"))
    assert publish(code=1).stderr.startswith("RELEASE_VERSION_NEEDED: ")
    publish("--version", "2.4")


def test_the_same_version_in_other_words_is_refused(publish, cfe):
    publish("--version", "2.4")
    cfe.write_bytes(make_cfe("СкладскойПомощник", "П", "2.4", "Вектор", "СП_"))
    assert publish("--version", "2.4.0", code=1).stderr.startswith("VERSION_EXISTS: ")


def test_a_rule_with_a_mistake_is_named_by_its_place(publish, rules):
    rules.write_text('{"rules": [{}, {"version_from": "x"}]}')
    refused = publish(code=1)
    assert "/rules/1/version_from: " in refused.stderr


def test_a_mistake_is_told_in_the_language_of_the_answer(publish, rules):
    rules.write_text('{"rules": [{"version_from": "x"}]}')
    assert "/rules/0/version_from: Версия" in publish(code=1).stderr
    assert "/rules/0/version_from: A version" in publish("--lang", "en", code=1).stderr


def test_a_mistyped_condition_is_not_lost(publish, rules, stored):
    rules.write_text('{"rules": [{"configuration_nam": "УправлениеТорговлей"}]}', encoding="utf-8")
    assert "/rules/0/?: Такого поля нет" in publish(code=1).stderr
    assert one(stored, "SELECT count(*) FROM releases") == 0


def test_odd_rules_are_published_and_told(publish, rules):
    rows = [{"version_from": "3.0.170", "version_to": "3.0.150"}]
    rules.write_text(json.dumps({"rules": rows}), encoding="utf-8")
    assert "Внимание: Правилу 1 не соответствует ни одна версия." in publish().stdout


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'"rules"', b"\xff"])
def test_a_file_of_rules_that_is_none_is_refused(publish, rules, content):
    rules.write_bytes(content)
    refused = publish(code=1)
    assert refused.stderr.split(":")[0] in {"FILE_NOT_JSON", "VALIDATION_FAILED"}


def test_a_broken_file_of_rules_is_told_with_line_and_column(publish, rules):
    rules.write_text('{"rules": [\n  {"configuration_name": }\n]}')
    assert publish(code=1).stderr.splitlines() == [
        f"FILE_NOT_JSON: {rules.name} — не JSON: строка 2, столбец 26",
        "Исправьте файл и повторите",
    ]


def test_a_release_is_published_in_one_step_with_all_that_it_may_have(publish, rules, stored):
    rules.write_text('[{"conf": "Розница", "min_1c_version": "2.3.1.1"},]', encoding="utf-8")
    made = publish("--miko", "--rollout-percent", "20", "--min-from", "1.0", "--json")
    assert json.loads(made.stdout)["rules"] == 1
    assert one(stored, "SELECT rollout_percent FROM releases") == 20
    assert one(stored, "SELECT min_from_version FROM releases") == "1.0"


def test_a_mark_in_front_of_the_rules_does_no_harm(publish, rules):
    rules.write_text(rules.read_text(encoding="utf-8"), encoding="utf-8-sig")
    publish()


def test_a_channel_and_a_critical_mark_are_kept(publish, stored):
    publish("--channel", "beta", "--critical", "--notes-en", "New")
    with stored.connect() as connection:
        row = connection.execute(text("SELECT channel, critical, notes_en FROM releases")).one()
    assert row == ("beta", True, "New")


def test_a_file_that_is_not_there_is_an_error_of_usage(podkluch, extension, rules, tmp_path):
    told = ("--extension", extension["code"], "--rules", rules, "--notes-ru", "Новое")
    podkluch("release", "publish", tmp_path / "absent.cfe", *told, code=2)


def test_words_of_a_strangers_file_are_not_markup(publish, cfe):
    cfe.write_bytes(make_cfe("СкладскойПомощник", "П", "2.4", "[bold]Вектор[/bold]", "СП_"))
    assert "[bold]Вектор[/bold]" in publish().stdout
