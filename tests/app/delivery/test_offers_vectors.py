"""Every vector of the matching, asked as an agent asks it."""

import unicodedata

import pytest

from tests.factories.calls import YEAR

NAME = "БухгалтерияПредприятия"
TRADE = "УправлениеТорговлей"
PLATFORMS = {"configuration_name": NAME, "platform_min": ["8.3.24.1548", "8.3.25.1286"]}


@pytest.fixture
def ask(world, session, installer):
    """Publishes one release with these rules and tells the row of it for an environment."""
    [coupon] = world.coupon(operations=[YEAR])
    session.commit()
    installer.redeem(coupon)

    def run(name, version, *rules, language="ru", **facts):
        if rules:
            world.release("2.4.0", *rules)
            session.commit()
        answer = installer.client.post(
            "/api/v1/offers",
            json={
                "configuration": {"name": name, "version": version},
                "show_all": True,
                **facts,
            },
            headers={"Authorization": f"Bearer {installer.key}", "Accept-Language": language},
        )
        assert answer.status_code == 200
        [row] = answer.json()["data"]
        return row

    return run


VECTORS = [
    (NAME, "3.0.150.34", "COMPATIBLE"),
    (f" {NAME.lower()} \u00a0\ufeff", "3.0.150.34", "COMPATIBLE"),
    (NAME, "3.0.150.0", "COMPATIBLE"),
    (NAME, "3.0.9.10", "VERSION_TOO_OLD"),
    (NAME, "3.0.149.99", "VERSION_TOO_OLD"),
    (NAME, "3.0.160.20", "COMPATIBLE"),
    (NAME, "3.0.160.21", "VERSION_NOT_TESTED"),
    (NAME, "3.0.170.9999", "VERSION_NOT_TESTED"),
    (NAME, "3.0.171.0", "VERSION_TOO_NEW"),
    (NAME, "3.0.155.12", "VERSION_EXCLUDED"),
    (NAME, "3.0.155.120", "COMPATIBLE"),
    (NAME, "3.0.0155.13", "COMPATIBLE"),
    (f"{NAME}Базовая", "3.0.150.34", "EDITION_UNSUPPORTED"),
    (f"{NAME}Базовая1", "3.0.150.34", "EDITION_UNSUPPORTED"),
    (f"{NAME}КОРП", "3.0.150.34", "EDITION_UNSUPPORTED"),
    (f"{NAME}_Отрасль", "3.0.150.34", "CONFIGURATION_UNSUPPORTED"),
    (NAME, "", "VERSION_UNKNOWN"),
    (NAME, "abc", "VERSION_UNKNOWN"),
    (NAME, "3.0.150", "VERSION_UNKNOWN"),
    (NAME, "3.0.150.３４", "VERSION_UNKNOWN"),
    (NAME, "3.0.150." + "9" * 190, "VERSION_UNKNOWN"),
    (NAME, "2020-12-11", "VERSION_UNKNOWN"),
    (NAME, "1.6.0+2021-08-03", "VERSION_UNKNOWN"),
]
UNTESTED = {"VERSION_NOT_TESTED", "VERSION_UNKNOWN", "PLATFORM_UNKNOWN"}


def verdict_of(code):
    if code == "COMPATIBLE":
        return "compatible"
    return "untested" if code in UNTESTED else "incompatible"


@pytest.fixture
def ordinary(world, session):
    """The release that the vectors speak of."""
    world.release()
    session.commit()


@pytest.mark.usefixtures("ordinary")
def test_every_configuration_has_the_verdict_of_its_row(ask):
    for name, version, code in VECTORS:
        row = ask(name, version)
        assert (name, version, row["code"]) == (name, version, code)
        assert row["verdict"] == verdict_of(code)
        assert (row["available"], row["matched_rule"]) == (True, 1)
        assert row["action"] == ("install" if code == "COMPATIBLE" else "blocked")


@pytest.mark.parametrize(
    ("edition", "name"),
    [("base", f"{NAME}Базовая"), ("base", f"{NAME}Базовая1"), ("corp", f"{NAME}КОРП")],
)
def test_an_edition_fits_where_it_is_ticked(ask, edition, name):
    rule = {"configuration_name": NAME, "editions": ["prof", edition]}
    assert ask(name, "3.0.150.34", rule)["code"] == "COMPATIBLE"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_forms_of_a_name_meet_one_rule(ask, form):
    name = unicodedata.normalize(form, TRADE)
    assert len(name) == {"NFC": 19, "NFD": 20}[form]
    row = ask(name, "11.5.17.43", {"configuration_name": TRADE})
    assert row["code"] == "COMPATIBLE"


def test_yo_is_not_ye(ask):
    assert ask("Учет", "1.0.0.1", {"configuration_name": "Учёт"})["code"] == (
        "CONFIGURATION_UNSUPPORTED"
    )


@pytest.mark.parametrize(
    ("platform", "code"),
    [
        ("8.3.24.1500", "PLATFORM_TOO_OLD"),
        ("8.3.24.1548", "COMPATIBLE"),
        ("8.3.25.1285", "PLATFORM_TOO_OLD"),
        ("8.3.25.1300", "COMPATIBLE"),
        ("8.3.26.1", "COMPATIBLE"),
        ("8.3.26", "PLATFORM_UNKNOWN"),
        ("8.3.26.1498", "COMPATIBLE"),
        ("8.3.23.2040", "PLATFORM_TOO_OLD"),
        ("восьмая", "PLATFORM_UNKNOWN"),
        (None, "COMPATIBLE"),
    ],
)
def test_the_platform_is_measured_within_its_branch(ask, platform, code):
    row = ask(NAME, "3.0.150.34", PLATFORMS, platform_version=platform)
    assert row["code"] == code


@pytest.mark.parametrize(
    ("rule", "facts", "code", "ru", "en"),
    [
        (
            {"version_from": "3.0.150.0"},
            {"version": "3.0.149.99"},
            "VERSION_TOO_OLD",
            "Нужна версия конфигурации от 3.0.150.0, у вас 3.0.149.99",
            "Needs configuration 3.0.150.0 or later, found 3.0.149.99",
        ),
        (
            {"version_to": "3.0.170.*"},
            {"version": "3.0.171.0"},
            "VERSION_TOO_NEW",
            "Поддерживается до 3.0.170.*, у вас 3.0.171.0",
            "Supported up to 3.0.170.*, found 3.0.171.0",
        ),
        (
            {"excluded": ["3.0.155.*"]},
            {"version": "3.0.155.12"},
            "VERSION_EXCLUDED",
            "Версия 3.0.155.12 исключена вендором",
            "Version 3.0.155.12 is excluded",
        ),
        (
            {"tested_to": "3.0.160.20"},
            {},
            "VERSION_NOT_TESTED",
            "Проверено до 3.0.160.20, у вас 3.0.161.1",
            "Tested up to 3.0.160.20, found 3.0.161.1",
        ),
        (
            {"configuration_name": TRADE},
            {},
            "CONFIGURATION_UNSUPPORTED",
            f"Конфигурация {NAME} не поддерживается",
            f"Configuration {NAME} is not supported",
        ),
        (
            {"editions": ["corp"]},
            {},
            "EDITION_UNSUPPORTED",
            "Редакция «ПРОФ» не поддерживается",
            "Edition PROF is not supported",
        ),
        (
            {"infobase_kind": "server"},
            {"infobase_kind": "file"},
            "INFOBASE_KIND_UNSUPPORTED",
            "Нужна база вида «серверная»",
            "Needs a server infobase",
        ),
        (
            {"platform_min": ["8.3.24.1548"]},
            {"platform_version": "8.3.24.1500"},
            "PLATFORM_TOO_OLD",
            "Нужна платформа от 8.3.24.1548, у вас 8.3.24.1500",
            "Needs platform 8.3.24.1548, found 8.3.24.1500",
        ),
        (
            {"platform_excluded": [{"from": "8.3.21", "to": "8.3.22.1850"}]},
            {"platform_version": "8.3.22.1850"},
            "PLATFORM_EXCLUDED",
            "Платформа 8.3.22.1850 исключена",
            "Platform 8.3.22.1850 is excluded",
        ),
        (
            {"min_compatibility_mode": "8.3.24"},
            {"compatibility_mode": "Версия8_3_14"},
            "COMPATIBILITY_MODE_TOO_LOW",
            "Нужен режим совместимости от 8.3.24, сейчас Версия8_3_14",
            "Needs compatibility mode 8.3.24, found Версия8_3_14",
        ),
        (
            {},
            {"platform_version": "восьмая"},
            "PLATFORM_UNKNOWN",
            "Версия платформы не распознана",
            "Platform version not recognised",
        ),
        (
            {},
            {"version": "редакция 3"},
            "VERSION_UNKNOWN",
            "Версия конфигурации не распознана",
            "Configuration version not recognised",
        ),
        ({}, {}, "COMPATIBLE", "Подходит", "Compatible"),
    ],
)
def test_every_reason_is_said_in_both_languages(ask, rule, facts, code, ru, en):
    facts = dict(facts)
    version = facts.pop("version", "3.0.161.1")
    row = ask(NAME, version, {"configuration_name": NAME} | rule, **facts)
    assert (row["code"], row["reason"], row["verdict"]) == (code, ru, verdict_of(code))
    assert ask(NAME, version, language="en", **facts)["reason"] == en


def test_a_deny_row_decides_and_says_its_note(ask):
    denied = {
        "effect": "deny",
        "configuration_name": NAME,
        "version_from": "3.0.155",
        "version_to": "3.0.155",
        "note": "ошибка в проведении",
    }
    allowed = {"configuration_name": NAME}
    row = ask(NAME, "3.0.155.1", allowed, denied)
    assert (row["code"], row["matched_rule"], row["params"]) == (
        "DENIED_BY_RULE",
        2,
        {"note": "ошибка в проведении"},
    )
    assert row["reason"] == "Запрещено правилом: ошибка в проведении"
    assert ask(NAME, "3.0.156.1")["code"] == "COMPATIBLE"
    assert ask(NAME, "не версия")["code"] == "VERSION_UNKNOWN"


def test_of_several_rows_the_one_that_got_furthest_gives_the_reason(ask):
    row = ask(
        NAME,
        "3.0.171.0",
        {"configuration_name": TRADE},
        {"configuration_name": NAME, "version_from": "3.0.200.0"},
        {"configuration_name": NAME, "version_to": "3.0.170"},
    )
    assert (row["code"], row["matched_rule"]) == ("VERSION_TOO_NEW", 3)
    assert row["params"] == {"to": "3.0.170", "found": "3.0.171.0"}


@pytest.mark.usefixtures("ordinary")
def test_what_was_recognised_is_told_beside_what_was_typed(installer):
    answer = installer.offers(configuration={"name": f" {NAME}КОРП ", "version": "3.0.150"}).json()
    assert answer["configuration"]["family"] == NAME
    assert answer["configuration"]["edition"] == "corp"
    assert answer["configuration"]["version"] == "3.0.150"
    assert answer["configuration"]["version_known"] is False
