"""Rules and environments in JSON: defaults, refusals at the field, and the way to `onec`."""

import pytest
from pydantic import ValidationError

from app.catalog.schemas.rules import EnvironmentFacts, RuleRow, RuleSet
from onec.compatibility import Effect, Rule, check
from onec.configuration import Edition, canonical
from onec.connection import InfobaseKind
from onec.version import Version

FULL = {
    "effect": "deny",
    "configuration_name": "БухгалтерияПредприятия",
    "editions": ["corp", "prof"],
    "version_from": "3.0.150.0",
    "version_to": "3.0.170.*",
    "excluded": ["3.0.155.12", "3.0.156.*"],
    "tested_to": "3.0.160.20",
    "platform_min": ["8.3.25.1286", "8.3.24.1548"],
    "platform_excluded": [{"from": "8.3.21", "to": "8.3.22.1850"}],
    "min_compatibility_mode": "8.3.14",
    "infobase_kind": "server",
    "note": "Проверено",
}


def row(**members):
    return RuleRow.model_validate(members)


def refusal(model, value):
    """The place and the code of the only error."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate(value)
    [error] = refused.value.errors()
    return error["loc"], error["type"]


def test_an_empty_row_takes_the_defaults():
    assert row().document() == {
        "effect": "allow",
        "configuration_name": None,
        "editions": ["prof"],
        "version_from": None,
        "version_to": None,
        "excluded": [],
        "tested_to": None,
        "platform_min": [],
        "platform_excluded": [],
        "min_compatibility_mode": None,
        "infobase_kind": "any",
        "note": "",
    }
    assert row().compiled() == Rule()


def test_null_says_the_same_as_silence():
    assert row(**dict.fromkeys(FULL)) == row()


def test_unknown_members_are_ignored():
    assert row(colour="red") == row()


def test_a_full_row_keeps_its_texts_and_sorts_its_lists():
    expected = FULL | {
        "editions": ["prof", "corp"],
        "platform_min": ["8.3.24.1548", "8.3.25.1286"],
    }
    assert row(**FULL).document() == expected


def test_a_document_reads_back_as_the_same_row():
    full = row(**FULL)
    assert RuleRow.model_validate(full.document()) == full


def test_a_full_row_becomes_a_rule():
    rule = row(**FULL).compiled()
    assert rule.effect is Effect.DENY
    assert rule.configuration == canonical("БухгалтерияПредприятия")
    assert rule.editions == {Edition.PROF, Edition.CORP}
    assert rule.version_keys == (Version.parse("3.0.150").key, Version.parse("3.0.171").key)
    assert [span.text for span in rule.excluded] == ["3.0.155.12", "3.0.156.*"]
    assert rule.tested_to.text == "3.0.160.20"
    assert rule.platform_min.entries[0] == Version.parse("8.3.24.1548")
    assert Version.parse("8.3.22.1850") in rule.platform_excluded[0]
    assert rule.min_mode == Version.parse("8.3.14")
    assert rule.infobase_kind is InfobaseKind.SERVER
    assert rule.note == "Проверено"


@pytest.mark.parametrize(
    ("typed", "family", "editions"),
    [
        ("БухгалтерияПредприятияКОРП", "БухгалтерияПредприятия", ["corp"]),
        ("Бухгалтерия Предприятия Базовая1", "БухгалтерияПредприятия", ["base"]),
        ("Розница", "Розница", ["prof"]),
        ("КОРП", "КОРП", ["prof"]),
    ],
)
def test_a_name_typed_with_a_suffix_is_split(typed, family, editions):
    split = row(configuration_name=typed)
    assert split.configuration_name == family
    assert split.document()["editions"] == editions
    assert RuleRow.model_validate(split.document()) == split


def test_a_suffix_may_stand_beside_its_own_edition():
    split = row(configuration_name="РозницаБазовая", editions=["prof", "base"])
    assert split.configuration_name == "Розница"
    assert split.editions == [Edition.BASE, Edition.PROF]


def test_a_suffix_against_the_chosen_editions_is_refused():
    place, code = refusal(RuleRow, {"configuration_name": "РозницаКОРП", "editions": ["prof"]})
    assert (place, code) == (("editions",), "edition_contradicts")


def test_a_decomposed_name_is_stored_composed():
    assert row(configuration_name="УправлениеТорговлеи\u0306").configuration_name == (
        "УправлениеТорговлей"
    )


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("effect", "maybe", "enum"),
        ("configuration_name", "", "name_malformed"),
        ("configuration_name", " \ufeff", "name_malformed"),
        ("configuration_name", "Розница; ERP", "name_malformed"),
        ("configuration_name", "РозницаКОРПБазовая", "name_malformed"),
        ("configuration_name", "Розница\x00", "control_characters"),
        ("configuration_name", "я" * 401, "string_too_long"),
        ("configuration_name", "\ud800", "string_unicode"),
        ("editions", "prof", "list_type"),
        ("version_from", "", "version_malformed"),
        ("version_from", "3.0.*", "version_malformed"),
        ("version_from", "3.0.150.65536", "version_malformed"),
        ("version_from", "３.０", "version_malformed"),
        ("version_from", 3.0, "string_type"),
        ("version_to", "3.*.*", "upper_end_malformed"),
        ("version_to", "32768", "upper_end_malformed"),
        ("tested_to", "latest", "upper_end_malformed"),
        ("platform_min", "8.3.24.1548", "list_type"),
        ("min_compatibility_mode", "НеИспользовать", "mode_malformed"),
        ("infobase_kind", "web", "enum"),
        ("note", "ж" * 501, "string_too_long"),
    ],
)
def test_a_wrong_member_is_an_error_of_its_field(member, value, code):
    assert refusal(RuleRow, {member: value}) == ((member,), code)


@pytest.mark.parametrize(
    ("member", "value", "place", "code"),
    [
        ("editions", ["prof", "ultra"], ("editions", 1), "enum"),
        ("excluded", ["3.0.155"], ("excluded", 0), "exclusion_malformed"),
        ("excluded", ["3.0.155.*", "*"], ("excluded", 1), "exclusion_malformed"),
        ("platform_min", ["8.3.x"], ("platform_min", 0), "version_malformed"),
        ("platform_min", ["8.3.24.1", "8.3.24.2"], ("platform_min",), "branch_repeated"),
        ("platform_excluded", [{"from": "8.3"}], ("platform_excluded", 0, "to"), "missing"),
        (
            "platform_excluded",
            [{"from": "8.3.*", "to": "8.3"}],
            ("platform_excluded", 0, "from"),
            "version_malformed",
        ),
        ("excluded", ["3.0.155.*"] * 1001, ("excluded",), "too_long"),
    ],
)
def test_an_error_inside_a_list_names_its_place(member, value, place, code):
    assert refusal(RuleRow, {member: value}) == (place, code)


def test_a_refusal_says_what_is_expected():
    with pytest.raises(ValidationError) as refused:
        row(excluded=["3.0.155"])
    assert "3.0.155.*" in refused.value.errors()[0]["msg"]


def test_a_rule_set_needs_its_rules():
    assert refusal(RuleSet, {"reason": "Проверено"}) == (("rules",), "missing")
    assert refusal(RuleSet, {"rules": [{}] * 1001}) == (("rules",), "too_long")
    assert refusal(RuleSet, []) == ((), "model_type")


def test_a_rule_set_keeps_the_order_of_its_rows():
    rules = RuleSet.model_validate({"rules": [FULL, {}]}).compiled()
    assert [rule.effect for rule in rules] == [Effect.DENY, Effect.ALLOW]


def environment(**members):
    return EnvironmentFacts.model_validate(members)


def test_only_the_configuration_has_to_be_told():
    facts = environment(configuration={"name": "Розница", "version": "3.0.1.1"})
    found = facts.compiled()
    assert found.version == Version.known("3.0.1.1")
    assert (found.platform, found.mode, found.infobase_kind) == (None, None, None)
    assert not found.platform_unknown


def test_all_that_is_told_is_used():
    found = environment(
        configuration={"name": "РозницаБазовая", "version": "3.0.1.1"},
        platform_version="8.3.25.1286",
        compatibility_mode="Версия8_3_24",
        infobase_kind="file",
        show_all=True,
    ).compiled()
    assert found.configuration.edition is Edition.BASE
    assert found.platform == Version.parse("8.3.25.1286")
    assert found.mode == Version.parse("8.3.24")
    assert found.infobase_kind is InfobaseKind.FILE


@pytest.mark.parametrize("version", ["", "abc", "3.0.150", "1.6.0+2021-08-03", None])
def test_a_version_that_is_no_version_is_an_answer(version):
    found = environment(configuration={"name": "Розница", "version": version}).compiled()
    assert found.version is None


def test_a_platform_that_is_no_version_is_an_answer():
    configuration = {"name": "Розница", "version": "1.0.0.1"}
    found = environment(configuration=configuration, platform_version="").compiled()
    assert found.platform_unknown


def test_line_feeds_and_invisible_characters_in_a_name_are_dropped():
    name = "\ufeff Бухгалтерия\r\n\tПредприятия\u200b "
    facts = environment(configuration={"name": name, "version": "3.0.150.34"})
    assert facts.configuration.name == "БухгалтерияПредприятия"
    fits = row(configuration_name="бухгалтерияпредприятия").compiled()
    assert check(fits, facts.compiled()).code == "COMPATIBLE"


@pytest.mark.parametrize(
    ("members", "place", "code"),
    [
        ({}, ("configuration",), "missing"),
        ({"configuration": {"version": "1"}}, ("configuration", "name"), "missing"),
        ({"configuration": "Розница"}, ("configuration",), "model_type"),
        (
            {"configuration": {"name": "Р", "version": 3}},
            ("configuration", "version"),
            "string_type",
        ),
        (
            {"configuration": {"name": "Р"}, "infobase_kind": "any"},
            ("infobase_kind",),
            "enum",
        ),
        (
            {"configuration": {"name": "Р"}, "platform_version": "8\x00"},
            ("platform_version",),
            "control_characters",
        ),
    ],
)
def test_a_wrong_environment_is_an_error_of_its_field(members, place, code):
    assert refusal(EnvironmentFacts, members) == (place, code)
