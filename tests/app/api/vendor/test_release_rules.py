"""The rules of a release, as a whole set."""

import pytest
from sqlalchemy import select

from app.catalog.models import CompatibilityRule, RulesVersion
from tests.factories.world import BUH

RETAIL = {"configuration_name": "РозницаБазовая", "version_from": "2.3"}
WHY = "Проверено на 3.0.165"


@pytest.fixture
def draft(crm):
    """A draft with one rule."""
    return crm.post("/releases", extension="warehouse-helper", rules=[BUH]).json()


@pytest.fixture
def released(world, session):
    """A published release."""
    made = world.release("2.4.0")
    session.commit()
    return {"id": str(made.id), "row_version": made.row_version}


def path(release):
    return f"/releases/{release['id']}/rules"


def put(crm, release, **body):
    version = crm.get(f"/releases/{release['id']}").json()["row_version"]
    return crm.put(path(release), version, **body)


def test_rules_are_answered_with_every_default(crm, draft):
    answer = crm.get(path(draft))
    assert answer.headers["etag"] == '"1"'
    told = answer.json()
    assert (told["rules_version"], told["reason"], told["warnings"]) == (1, None, [])
    [row] = told["rules"]
    assert row.items() >= (BUH | {"editions": ["prof"], "infobase_kind": "any"}).items()


def test_a_draft_s_rules_are_replaced_without_history(crm, draft, session, events):
    answer = put(crm, draft, rules=[RETAIL, {"effect": "deny", "note": "Нет"}])
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    told = answer.json()
    assert told["rules_version"] == 1
    assert (
        told["rules"][0].items() >= {"configuration_name": "Розница", "editions": ["base"]}.items()
    )
    assert [(each["code"], each["rules"]) for each in told["warnings"]] == []
    assert crm.get(path(draft)).json() == told
    assert len(session.scalars(select(CompatibilityRule)).all()) == 2
    assert len(session.scalars(select(RulesVersion)).all()) == 1
    data = {"rules_version": 1, "rules": 2, "reason": None}
    assert events(draft["id"])[-1] == ("release.rules_changed", data)


def test_warnings_come_in_the_language_of_the_answer(crm, draft):
    rows = [BUH, BUH | {"version_from": "3.0.160.0", "tested_to": None, "excluded": []}]
    [warning] = put(crm, draft, rules=rows).json()["warnings"]
    assert warning == {
        "code": "RULES_OVERLAP",
        "text": "Правила 1 и 2 пересекаются: БухгалтерияПредприятия",
        "rules": [1, 2],
    }
    english = crm.send("GET", path(draft), headers={"Accept-Language": "en"}).json()
    assert english["warnings"][0]["text"] == "Rules 1 and 2 overlap: БухгалтерияПредприятия"


def test_a_published_set_gets_a_number_and_a_reason(crm, released, world, session, installer):
    session.expire_all()
    before = world.vendor.catalogue_version
    version_to_come = BUH | {"version_to": "3.0.140", "version_from": "3.0.100"}
    version_to_come |= {"tested_to": None, "excluded": []}
    told = put(crm, released, rules=[version_to_come], reason=WHY).json()
    assert (told["rules_version"], told["reason"]) == (2, WHY)
    session.expire_all()
    assert world.vendor.catalogue_version == before + 1
    old = session.scalars(select(CompatibilityRule).where(CompatibilityRule.rules_version == 1))
    assert [row.rule["version_to"] for row in old] == ["3.0.170.*"]
    sets = session.scalars(select(RulesVersion).order_by(RulesVersion.rules_version)).all()
    assert [(each.rules_version, each.reason) for each in sets] == [(1, None), (2, WHY)]
    [row] = installer.offers(show_all=True).json()["data"]
    assert row["code"] == "VERSION_TOO_NEW"


@pytest.mark.parametrize("told", [{}, {"reason": None}, {"reason": "Мало"}])
def test_a_published_set_changes_with_a_reason_only(crm, released, told):
    refused = put(crm, released, rules=[BUH], **told)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/reason"]


def test_mikos_list_is_taken_as_it_is(crm, draft):
    text = '[{"conf": "Розница", "min_1c_version": "2.3.1.1"}, ]'
    [row] = put(crm, draft, miko_list=text).json()["rules"]
    assert (row["configuration_name"], row["version_from"]) == ("Розница", "2.3.1.1")
    refused = put(crm, draft, miko_list="[{]")
    assert refused.json()["errors"][0]["code"] == "miko_list"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"excluded": ["3.0.155"]}, "/rules/0/excluded/0"),
        ({"version_from": "3.0.*"}, "/rules/0/version_from"),
        ({"platform_min": ["8.3.24.1", "8.3.24.2"]}, "/rules/0/platform_min"),
        ({"infobase_kind": "cloud"}, "/rules/0/infobase_kind"),
    ],
)
def test_a_wrong_row_is_named(crm, draft, wrong, pointer):
    refused = put(crm, draft, rules=[BUH | wrong])
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_rules_build_on_the_version_they_name(crm, draft):
    assert crm.put(path(draft), 7, rules=[]).json()["code"] == "PRECONDITION_FAILED"
    assert crm.send("PUT", path(draft), json={"rules": []}).status_code == 428
