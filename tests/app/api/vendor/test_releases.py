"""Drafts of releases, and what happens to them once they are ready."""

import uuid

import pytest

from onec.cfe_writer import make_cfe
from tests.factories.world import BUH

NEW = {"extension": "warehouse-helper", "notes_ru": "Новое"}
WHY = {"withdrawn_reason_ru": "Портит движения документов"}


def cfe(version="2.5.0", **changes):
    return make_cfe("СкладскойПомощник", "Помощник", version, "ООО «DEMO»", "СП_", **changes)


@pytest.fixture
def ready(crm):
    """Makes a draft that can be published."""

    def make(version="2.5.0", **told):
        draft = crm.post("/releases", **NEW | {"rules": [BUH]} | told).json()
        made = crm.upload(f"{path(draft)}/artifact", cfe(version), draft["row_version"])
        return made.raise_for_status().json()

    return make


@pytest.fixture
def published(crm, ready):
    """Makes a published release."""

    def make(version="2.5.0", percent=100, **told):
        draft = ready(version, **told)
        answer = act(crm, draft, "publish", rollout_percent=percent)
        return answer.raise_for_status().json()

    return make


def path(release):
    return f"/releases/{release['id']}"


def act(crm, release, verb, **body):
    return crm.post(f"{path(release)}/{verb}", **body)


def change(crm, release, **told):
    tag = crm.get(path(release)).headers["etag"]
    return crm.send("PATCH", path(release), json=told, headers={"If-Match": tag})


def code(answer):
    return answer.status_code, answer.json()["code"]


# Drafts


def test_a_draft_may_know_nothing_but_its_extension(crm, events):
    answer = crm.post("/releases", extension="warehouse-helper")
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    made = answer.json()
    assert (made["version"], made["status"], made["artifact"]) == (None, "draft", None)
    assert (made["notes_ru"], made["rules_version"], made["documents"]) == ("", 1, [])
    assert crm.get(path(made)).json() == made
    told = {"extension": "warehouse-helper", "version": ""}
    assert events(made["id"]) == [("release.created", told)]
    assert crm.post("/releases", extension="warehouse-helper").status_code == 201


def test_a_draft_starts_with_the_rules_of_the_newest_release(crm, world, session):
    world.release("2.4.0", BUH, {"effect": "deny", "configuration_name": "Розница"})
    session.commit()
    made = crm.post("/releases", **NEW).json()
    rules = crm.get(f"{path(made)}/rules").json()["rules"]
    assert [row["effect"] for row in rules] == ["allow", "deny"]
    empty = crm.post("/releases", **NEW, rules=[]).json()
    assert crm.get(f"{path(empty)}/rules").json()["rules"] == []


def test_a_draft_has_the_extension_s_flags_unless_it_is_told_others(crm, world):
    place = f"/extensions/{world.extension.id}"
    crm.patch(place, backup_required=True, requires=["Основа"]).raise_for_status()
    made = crm.post("/releases", **NEW, requires=[]).json()
    assert (made["backup_required"], made["requires"]) == (True, [])


def test_a_draft_changes_in_everything(crm, events):
    crm.post("/features", code="scanner", name="Сканер")
    eula = crm.post("/eulas", product="warehouse-helper", text_ru="Текст").json()["id"]
    made = crm.post("/releases", **NEW, version="1.0").json()
    told = {
        "version": "1.1",
        "channel": "beta",
        "critical": True,
        "notes_en": "New",
        "migration_notes_ru": "Перенесите настройки",
        "post_install_steps_ru": ["Опубликуйте HTTP-сервисы"],
        "min_from_version": "1.0",
        "required_features": ["scanner"],
        "eula_id": eula,
        "restart_required": False,
    }
    changed = change(crm, made, **told).json()
    assert changed == made | told | {"row_version": 2}
    [_, (action, data)] = events(made["id"])
    assert action == "release.updated"
    assert data["after"]["version"] == "1.1"
    assert change(crm, made, **told).headers["etag"] == '"2"'


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"version": "2-rc"}, (422, "VALIDATION_FAILED")),
        ({"version": None}, (422, "VALIDATION_FAILED")),
        ({"min_from_version": "9"}, (422, "VALIDATION_FAILED")),
        ({"min_from_version": "2.5"}, (422, "VALIDATION_FAILED")),
        ({"rollout_percent": 0}, (422, "VALIDATION_FAILED")),
        ({"post_install_steps_ru": [""]}, (422, "VALIDATION_FAILED")),
        ({"required_features": ["unknown"]}, (404, "NOT_FOUND")),
        ({"eula_id": str(uuid.UUID(int=7))}, (404, "NOT_FOUND")),
        ({"version": "2.4.0.0"}, (409, "VERSION_EXISTS")),
    ],
)
def test_a_wrong_change_is_refused(crm, world, session, wrong, refusal):
    world.release("2.4.0")
    session.commit()
    made = crm.post("/releases", **NEW, version="2.5").json()
    assert code(change(crm, made, **wrong)) == refusal
    assert crm.get(path(made)).json() == made


def test_an_agreement_of_another_product_is_none(crm):
    crm.post("/products", code="other", name="Другой").raise_for_status()
    eula = crm.post("/eulas", product="other", text_ru="Текст").json()["id"]
    assert code(crm.post("/releases", **NEW, eula_id=eula)) == (404, "NOT_FOUND")


def test_only_a_draft_is_deleted(crm, published, ready, events):
    draft, release = ready("3.0"), published()
    tag = {"If-Match": f'"{draft["row_version"]}"'}
    assert crm.send("DELETE", path(draft)).status_code == 428
    assert crm.send("DELETE", path(draft), headers=tag).status_code == 204
    assert crm.get(path(draft)).status_code == 404
    assert events(draft["id"])[-1] == ("release.deleted", {"version": "3.0"})
    tag = {"If-Match": f'"{release["row_version"]}"'}
    refused = crm.send("DELETE", path(release), headers=tag)
    assert code(refused) == (409, "RELEASE_IMMUTABLE")


def test_releases_are_listed_by_what_they_are(crm, ready, published):
    first, draft = published("2.0", channel="beta"), ready("3.0")
    shown = [[each["id"] for each in page] for page in crm.pages("/releases", limit=1)]
    assert shown == [[draft["id"]], [first["id"]]]
    for told, found in (
        ({"status": "draft"}, [draft["id"]]),
        ({"channel": "beta"}, [first["id"]]),
        ({"extension": "warehouse-helper"}, [draft["id"], first["id"]]),
        ({"extension": "nothing"}, []),
    ):
        assert [each["id"] for each in crm.get("/releases", **told).json()["data"]] == found


# Publishing


def test_what_is_missing_is_named_at_once(crm):
    draft = crm.post("/releases", extension="warehouse-helper", rules=[]).json()
    refused = act(crm, draft, "publish", rollout_percent=5)
    assert code(refused) == (409, "RELEASE_NOT_READY")
    assert refused.json()["params"]["missing"] == ["artifact", "version", "notes_ru", "rules"]
    assert refused.json()["title"] == (
        "Нельзя опубликовать: нет исправного файла (.cfe), нет версии, нет описания на русском, "
        "нет разрешающего правила"
    )


def test_an_agreement_of_tomorrow_is_missing_today(crm, ready):
    told = {"product": "warehouse-helper", "text_ru": "Текст", "effective_from": "2999-01-01"}
    draft = ready(eula_id=crm.post("/eulas", **told).json()["id"])
    refused = act(crm, draft, "publish")
    assert refused.json()["params"]["missing"] == ["eula"]


def test_a_published_release_is_offered(crm, published, installer, world, session, events):
    session.expire_all()
    before = world.vendor.catalogue_version
    made = published(percent=25)
    assert (made["status"], made["rollout_percent"]) == ("published", 25)
    assert made["published_by"].startswith("CRM")
    session.expire_all()
    assert world.vendor.catalogue_version > before
    shown = installer.offers(show_all=True).json()["data"]
    assert [row["release"]["version"] for row in shown] == ["2.5.0"]
    told = {"version": "2.5.0", "rollout_percent": 25}
    assert events(made["id"])[-1] == ("release.published", told)
    assert act(crm, made, "publish", rollout_percent=50).json() == made


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", "9.9"),
        ("channel", "rc"),
        ("min_from_version", "1.0"),
        ("required_features", ["scanner"]),
        ("eula_id", str(uuid.UUID(int=7))),
        ("rollout_percent", 50),
        ("restart_required", False),
        ("conflicts_with", ["Другое"]),
    ],
)
def test_a_published_release_is_immutable(crm, published, field, value):
    made = published()
    refused = change(crm, made, **{field: value, "notes_ru": "Другое"})
    assert code(refused) == (409, "RELEASE_IMMUTABLE")
    assert refused.json()["params"] == {"field": field}
    assert crm.get(path(made)).json() == made


def test_what_is_said_of_a_published_release_may_change(crm, published, events):
    made = published()
    told = {
        "notes_ru": "Исправлено",
        "notes_en": "Fixed",
        "migration_notes_ru": "Ничего",
        "post_install_steps_ru": ["Шаг"],
        "post_install_steps_en": ["Step"],
        "critical": True,
    }
    changed = change(crm, made, **told)
    assert changed.json() == made | told | {"row_version": made["row_version"] + 1}
    assert events(made["id"])[-1][0] == "release.updated"
    assert code(change(crm, made, notes_ru=" ")) == (422, "VALIDATION_FAILED")


# Pause, roll-out, channel, withdrawal


def test_a_paused_release_is_neither_offered_nor_published_again(crm, published, installer):
    made = published(percent=30)
    paused = act(crm, made, "pause").json()
    assert (paused["status"], paused["paused_at"] is None) == ("paused", False)
    assert act(crm, made, "pause").json() == paused
    [row] = installer.offers(show_all=True).json()["data"]
    assert row["available"] is False
    for verb, body in (("publish", {}), ("rollout", {"rollout_percent": 50})):
        assert code(act(crm, made, verb, **body)) == (409, "RELEASE_PAUSED")
    resumed = act(crm, made, "resume").json()
    again = {"row_version": resumed["row_version"]}
    assert resumed == made | again
    assert act(crm, made, "resume").json() == resumed


def test_the_roll_out_only_grows(crm, published, events):
    made = published(percent=10)
    assert act(crm, made, "rollout", rollout_percent=10).json() == made
    grown = act(crm, made, "rollout", rollout_percent=60).json()
    assert grown["rollout_percent"] == 60
    told = {"before": {"rollout_percent": 10}, "after": {"rollout_percent": 60}}
    assert events(made["id"])[-1] == ("release.rollout_changed", told)
    refused = act(crm, made, "rollout", rollout_percent=59)
    assert code(refused) == (409, "RELEASE_IMMUTABLE")
    assert refused.json()["params"] == {"field": "rollout_percent"}


def test_a_channel_only_becomes_calmer(crm, published, events):
    made = published(channel="beta")
    assert code(act(crm, made, "promote", channel="dev")) == (409, "RELEASE_IMMUTABLE")
    assert act(crm, made, "promote", channel="beta").json() == made
    for channel in ("rc", "stable"):
        assert act(crm, made, "promote", channel=channel).json()["channel"] == channel
    assert events(made["id"])[-1][0] == "release.promoted"
    assert code(act(crm, made, "promote", channel="rc")) == (409, "RELEASE_IMMUTABLE")


def test_a_withdrawn_release_says_why_and_what_to_do(crm, published, events):
    good, made = published("2.4.0"), published("2.5.0")
    told = WHY | {"advice": "rollback_to", "rollback_to_id": good["id"], "internal_note": "№ 7"}
    gone = act(crm, made, "withdraw", **told).json()
    assert gone["status"] == "withdrawn"
    assert gone.items() >= told.items()
    action, data = events(made["id"])[-1]
    assert (action, data["rollback_to"]) == ("release.withdrawn", "2.4.0")
    assert act(crm, made, "withdraw", withdrawn_reason_ru="Другая причина").json() == gone


def test_withdrawn_is_the_end(crm, published):
    made = published()
    made = act(crm, made, "withdraw", **WHY).json()
    calls = [
        act(crm, made, "publish"),
        act(crm, made, "pause"),
        act(crm, made, "resume"),
        act(crm, made, "rollout", rollout_percent=100),
        act(crm, made, "promote", channel="stable"),
        change(crm, made, notes_ru="Другое"),
        crm.put(f"{path(made)}/rules", made["row_version"], rules=[BUH], reason="Проверка"),
    ]
    assert {code(answer) for answer in calls} == {(410, "RELEASE_WITHDRAWN")}
    assert calls[0].json()["params"]["reason"]["ru"] == WHY["withdrawn_reason_ru"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"withdrawn_reason_ru": "Коротко"},
        {"advice": "rollback_to"},
        {"advice": "stop", "rollback_to_id": "{earlier}"},
        {"advice": "rollback_to", "rollback_to_id": "{later}"},
        {"advice": "rollback_to", "rollback_to_id": "{draft}"},
        {"advice": "rollback_to", "rollback_to_id": "{itself}"},
    ],
)
def test_an_advice_names_an_earlier_release_on_offer(crm, published, ready, wrong):
    made = published("2.5.0")
    ids = {"earlier": published("2.0")["id"], "later": published("3.0")["id"]}
    ids |= {"draft": ready("1.0")["id"], "itself": made["id"]}
    told = {name: value.format_map(ids) for name, value in (WHY | wrong).items()}
    assert code(act(crm, made, "withdraw", **told)) == (422, "VALIDATION_FAILED")


def test_a_draft_has_no_life_yet(crm, ready):
    draft = ready()
    for verb, body in (
        ("pause", {}),
        ("resume", {}),
        ("rollout", {"rollout_percent": 100}),
        ("promote", {"channel": "stable"}),
        ("withdraw", WHY),
    ):
        refused = act(crm, draft, verb, **body)
        assert code(refused) == (409, "RELEASE_STATE")
        assert refused.json()["title"] == (
            "Состояние релиза: черновик; сейчас можно: изменить, опубликовать, удалить"
        )
        assert refused.json()["detail"] == "Сначала опубликуйте черновик"
        assert refused.json()["params"] == {
            "state": "draft",
            "possible": ["change", "publish", "delete"],
        }


# Who may


def test_drafts_are_written_and_releases_published_by_different_rights(
    automation, ready, published
):
    writer = automation("owner", "catalog.read", "catalog.write")
    publisher = automation("owner", "catalog.read", "releases.publish")
    draft, release = ready("3.0"), published()
    for program, thing, status in (
        (writer, draft, 200),
        (writer, release, 403),
        (publisher, draft, 403),
        (publisher, release, 200),
    ):
        assert change(program, thing, notes_ru="Правка").status_code == status
        rules = {"rules": [BUH], "reason": "Проверено"}
        version = program.get(path(thing)).json()["row_version"]
        assert program.put(f"{path(thing)}/rules", version, **rules).status_code == status
    assert act(writer, draft, "publish").json()["code"] == "SCOPE_MISSING"
    assert publisher.post("/releases", **NEW).json()["code"] == "SCOPE_MISSING"
    assert act(publisher, draft, "publish").status_code == 200


def test_what_one_has_already_is_not_sent_again(crm, published):
    made = published()
    for place in ("/releases", path(made), f"{path(made)}/rules"):
        told = crm.get(place).headers["etag"]
        again = crm.send("GET", place, headers={"If-None-Match": told})
        assert (again.status_code, again.content) == (304, b"")
