"""Which release an infobase would get, also by rules that are not saved."""

import pytest

from tests.factories.world import BUH, FITTING

ASKED = FITTING | {"extension": "warehouse-helper"}


@pytest.fixture
def evaluate(crm):
    """Asks the tester."""
    return lambda **more: crm.post("/compatibility/evaluate", **ASKED | more)


@pytest.fixture
def releases(world, session):
    """Three releases, the highest of them a beta."""
    made = [world.release("2.4.0"), world.release("2.5.0", BUH | {"version_from": "3.0.160.0"})]
    made.append(world.release("3.0.0", channel="beta"))
    session.commit()
    return made


def verdicts(answer):
    return {row["release"]["version"]: row["code"] for row in answer.json()["data"]}


@pytest.mark.usefixtures("releases")
def test_every_release_has_a_verdict_and_one_is_the_best(evaluate):
    answer = evaluate()
    assert answer.status_code == 200
    assert list(verdicts(answer).items()) == [
        ("3.0.0", "COMPATIBLE"),
        ("2.5.0", "VERSION_TOO_OLD"),
        ("2.4.0", "COMPATIBLE"),
    ]
    told = answer.json()
    assert told["best"]["version"] == "2.4.0"
    assert [row["best"] for row in told["data"]] == [False, False, True]
    middle = told["data"][1]
    assert middle["reason"] == "Нужна версия конфигурации от 3.0.160.0, у вас 3.0.150.34"
    assert middle["params"] == {"from": "3.0.160.0", "found": "3.0.150.34"}
    assert evaluate(channel="beta").json()["best"]["version"] == "3.0.0"


@pytest.mark.usefixtures("releases")
def test_nothing_fits_another_configuration(evaluate):
    told = evaluate(configuration={"name": "УправлениеТорговлей", "version": "11.5.17.43"}).json()
    assert told["best"] is None
    assert told["data"][0]["reason"] == "Конфигурация УправлениеТорговлей не поддерживается"


def test_the_tester_and_an_offer_agree(evaluate, releases, installer):
    rows = installer.offers(show_all=True, channel="beta").json()["data"]
    offered = {row["release"]["version"]: (row["verdict"], row["matched_rule"]) for row in rows}
    tried = {
        row["release"]["version"]: (row["verdict"], row["matched_rule"])
        for row in evaluate(channel="beta").json()["data"]
    }
    assert len(tried) == len(releases)
    assert tried == offered


def test_rules_that_are_not_saved_are_tried(evaluate, releases):
    told = {"release_id": str(releases[1].id), "rules": [BUH]}
    assert evaluate(**told).json()["best"]["version"] == "2.5.0"
    assert evaluate().json()["best"]["version"] == "2.4.0"
    assert evaluate(rules=[BUH]).status_code == 422


@pytest.mark.usefixtures("releases")
def test_a_draft_is_tried_when_it_is_named(evaluate, crm):
    draft = crm.post("/releases", extension="warehouse-helper", rules=[BUH]).json()
    assert None not in verdicts(evaluate())
    told = evaluate(release_id=draft["id"]).json()
    assert told["best"]["id"] == draft["id"]
    assert told["data"][0]["release"]["version"] is None


def test_withdrawn_releases_are_judged_and_never_best(evaluate, releases, crm):
    why = {"withdrawn_reason_ru": "Портит движения"}
    crm.post(f"/releases/{releases[0].id}/withdraw", **why).raise_for_status()
    crm.post(f"/releases/{releases[2].id}/pause").raise_for_status()
    told = evaluate(channel="beta").json()
    assert (len(told["data"]), told["best"]) == (3, None)


def test_what_does_not_exist_is_not_tried(evaluate, crm):
    assert evaluate(extension="unknown").status_code == 404
    crm.post(
        "/extensions",
        product="warehouse-helper",
        code="other",
        onec_name="Другое",
        title_ru="Другое",
    ).raise_for_status()
    draft = crm.post("/releases", extension="other").json()
    assert evaluate(release_id=draft["id"]).status_code == 404
