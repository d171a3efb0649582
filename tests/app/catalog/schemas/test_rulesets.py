"""MIKO's list, and whole sets of rules."""

import json

import pytest
from pydantic import ValidationError

from app.catalog.schemas.rulesets import ReplaceRules, read_miko_list
from app.kit.problems import JsonInvalid

LIST = """[
  {"conf": "БухгалтерияПредприятия", "min_1c_version": "3.0.108.206"},
  {"conf": "БухгалтерияПредприятияКОРП", "min_1c_version": "3.0.184"},
  {"conf": "Розница", "min_1c_version": "", "more": 1},
]"""


def test_each_row_becomes_an_allow_row():
    first, second, third = read_miko_list(LIST)
    assert (
        first.document().items()
        >= {
            "effect": "allow",
            "configuration_name": "БухгалтерияПредприятия",
            "editions": ["prof"],
            "version_from": "3.0.108.206",
            "version_to": None,
        }.items()
    )
    assert (second.configuration_name, second.editions) == ("БухгалтерияПредприятия", ["corp"])
    assert (third.configuration_name, third.version_from) == ("Розница", None)


@pytest.mark.parametrize(
    "text",
    [
        '[{"conf": "Розница", "min_1c_version": "2.3.1.1"}]',
        '[{"conf": "Розница", "min_1c_version": "2.3.1.1"},]',
        '[{"conf": "Розница", "min_1c_version": "2.3.1.1",},\n]',
        '\ufeff[{"min_1c_version": "2.3.1.1" , "conf": "Розница" , } , ]',
    ],
)
def test_a_last_comma_is_forgiven(text):
    [row] = read_miko_list(text)
    assert (row.configuration_name, row.version_from) == ("Розница", "2.3.1.1")


def test_a_comma_inside_a_text_is_no_last_comma():
    text = '[{"conf": "Розница", "note": "a,] \\" ,}"}, ]'
    assert len(read_miko_list(text)) == 1


# The last one took the time of its length squared: hours.
@pytest.mark.parametrize(
    "text", ["", "[", "[{}},]", '[{"conf": "Розница"},,]', "[NaN]", '"\\', '\\"' * 500_000]
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(JsonInvalid):
        read_miko_list(text)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"conf": ""},
        {"conf": "Не имя!"},
        {"conf": 1},
        {"conf": "Розница", "min_1c_version": "новая"},
        {"conf": "Розница", "min_1c_version": 3},
    ],
)
def test_a_wrong_row_is_refused(row):
    with pytest.raises(ValidationError):
        read_miko_list(json.dumps([row]))


@pytest.mark.parametrize("told", [{}, {"rules": [], "miko_list": LIST}, {"miko_list": "[,]"}])
def test_a_set_comes_one_way(told):
    with pytest.raises(ValidationError):
        ReplaceRules.model_validate(told)


def test_a_set_may_come_as_mikos_list():
    assert len(ReplaceRules(miko_list=LIST).rows) == 3
    assert ReplaceRules(rules=[]).rows == []
