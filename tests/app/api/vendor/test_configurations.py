"""The directory of configurations."""

import pytest
from sqlalchemy import select

from app.catalog.models import Configuration
from onec.configuration import Configuration as Named
from onec.configuration import canonical
from tests.factories.automation import Automation, a_token


def test_the_directory_is_shipped(crm):
    told = {row["name"]: row for row in crm.get("/configurations").json()["data"]}
    assert len(told) == 21
    assert told["БухгалтерияПредприятияКОРП"] == {
        "name": "БухгалтерияПредприятияКОРП",
        "known": True,
        "synonym_ru": "Бухгалтерия предприятия КОРП",
        "aliases": ["БП КОРП"],
        "family": "БухгалтерияПредприятия",
        "edition": "corp",
        "versions": [],
    }
    assert told["УправлениеНебольшойФирмой"]["synonym_ru"] == "Управление нашей фирмой"


def test_names_are_compared_as_rules_compare_them(session):
    for row in session.scalars(select(Configuration)):
        named = Named.of(row.name)
        assert row.key == canonical(row.name)
        assert (row.family, row.edition) == (named.family, named.edition)


def test_versions_are_those_that_infobases_run(crm, installer, world, session):
    [coupon] = world.coupon()
    session.commit()
    installer.redeem(coupon).raise_for_status()
    own = {"name": "НашаКорп", "version": "1.0"}
    seen = [(installer, {}), (installer.beside(), {}), (installer.beside(), {"configuration": own})]
    for agent, told in seen:
        agent.activate(**told).raise_for_status()
    told = {row["name"]: row for row in crm.get("/configurations").json()["data"]}
    versions = [{"version": "3.0.150.34", "infobases": 2}]
    assert told["БухгалтерияПредприятия"]["versions"] == versions
    unknown = told["НашаКорп"]
    assert (unknown["known"], unknown["family"], unknown["edition"]) == (False, "Наша", "corp")
    assert unknown["versions"] == [{"version": "1.0", "infobases": 1}]


def test_another_vendor_s_infobases_are_not_seen(client, crm, other, installer, world, session):
    [coupon] = world.coupon()
    token = a_token(session, other.vendor.id)
    session.commit()
    installer.redeem(coupon).raise_for_status()
    installer.activate(configuration={"name": "Тайна", "version": "1"}).raise_for_status()
    assert "Тайна" in crm.get("/configurations").text
    assert "Тайна" not in Automation(client, token).get("/configurations").text


@pytest.mark.parametrize("known", [True, False])
def test_what_one_has_already_is_not_sent_again(crm, known):
    told = crm.get("/configurations").headers["etag"] if known else '"other"'
    again = crm.send("GET", "/configurations", headers={"If-None-Match": told})
    assert again.status_code == (304 if known else 200)
