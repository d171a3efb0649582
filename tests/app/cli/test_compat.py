"""`podkluch compat explain`: answers in order, and files that are refused with their place."""

import json
import unicodedata

import pytest
from typer.testing import CliRunner

from app.cli.compat import app

RULE = {
    "configuration_name": "БухгалтерияПредприятия",
    "version_from": "3.0.150.0",
    "version_to": "3.0.170.*",
    "tested_to": "3.0.160.20",
    "excluded": ["3.0.155.12"],
}
PLATFORM_RULE = {"platform_min": ["8.3.24.1548", "8.3.25.1286"]}
NAME = "БухгалтерияПредприятия"

VECTORS = [
    (NAME, "3.0.150.34", "compatible", "COMPATIBLE"),
    (" бухгалтерияпредприятия \u00a0\ufeff", "3.0.150.34", "compatible", "COMPATIBLE"),
    (NAME, "3.0.150.0", "compatible", "COMPATIBLE"),
    (NAME, "3.0.9.10", "incompatible", "VERSION_TOO_OLD"),
    (NAME, "3.0.149.99", "incompatible", "VERSION_TOO_OLD"),
    (NAME, "3.0.160.20", "compatible", "COMPATIBLE"),
    (NAME, "3.0.160.21", "untested", "VERSION_NOT_TESTED"),
    (NAME, "3.0.170.9999", "untested", "VERSION_NOT_TESTED"),
    (NAME, "3.0.171.0", "incompatible", "VERSION_TOO_NEW"),
    (NAME, "3.0.155.12", "incompatible", "VERSION_EXCLUDED"),
    (NAME, "3.0.155.120", "compatible", "COMPATIBLE"),
    (NAME, "3.0.0155.13", "compatible", "COMPATIBLE"),
    (NAME + "Базовая", "3.0.150.34", "incompatible", "EDITION_UNSUPPORTED"),
    (NAME + "Базовая1", "3.0.150.34", "incompatible", "EDITION_UNSUPPORTED"),
    (NAME + "КОРП", "3.0.150.34", "incompatible", "EDITION_UNSUPPORTED"),
    (NAME + "_Отрасль", "3.0.150.34", "incompatible", "CONFIGURATION_UNSUPPORTED"),
    (NAME, "", "untested", "VERSION_UNKNOWN"),
    (NAME, "abc", "untested", "VERSION_UNKNOWN"),
    (NAME, "3.0.150", "untested", "VERSION_UNKNOWN"),
]
PLATFORMS = [
    ("8.3.24.1500", "PLATFORM_TOO_OLD"),
    ("8.3.24.1548", "COMPATIBLE"),
    ("8.3.25.1285", "PLATFORM_TOO_OLD"),
    ("8.3.25.1300", "COMPATIBLE"),
    ("8.3.26.1", "COMPATIBLE"),
    ("8.3.23.2040", "PLATFORM_TOO_OLD"),
]


def facts(name=NAME, version="3.0.150.34", **more):
    return {"configuration": {"name": name, "version": version}} | more


def as_json(document):
    return json.dumps(document, ensure_ascii=False).encode()


@pytest.fixture(autouse=True)
def _russian(monkeypatch):
    """The language of the terminal."""
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")


@pytest.fixture
def run(tmp_path):
    """Runs `explain` over two files; bytes are written as they are, anything else as JSON."""

    def explain(rules, environments, *options):
        arguments = ["explain"]
        for option, content in (("--rules", rules), ("--environments", environments)):
            path = tmp_path / f"{option[2:]}.json"
            path.write_bytes(content if isinstance(content, bytes) else as_json(content))
            arguments += [option, str(path)]
        return CliRunner().invoke(app, [*arguments, *options])

    return explain


@pytest.fixture
def explain(run):
    """The answers for good files."""

    def explain(rules, environments):
        result = run({"rules": rules}, {"environments": environments}, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return explain


def test_every_vector_gets_its_verdict_in_order(explain):
    answers = explain([RULE], [facts(name, version) for name, version, _, _ in VECTORS])
    expected = [(verdict, code) for _, _, verdict, code in VECTORS]
    assert [(answer["verdict"], answer["code"]) for answer in answers] == expected


def test_platforms_are_measured_by_branch(explain):
    answers = explain([PLATFORM_RULE], [facts(platform_version=text) for text, _ in PLATFORMS])
    assert [answer["code"] for answer in answers] == [code for _, code in PLATFORMS]


def test_both_unicode_forms_of_a_name_are_one(explain):
    names = [unicodedata.normalize(form, "УправлениеТорговлей") for form in ("NFC", "NFD")]
    for name in names:
        answers = explain([{"configuration_name": name}], [facts(other) for other in names])
        assert [answer["code"] for answer in answers] == ["COMPATIBLE"] * 2


def test_an_answer_has_exactly_its_members(explain):
    assert explain([RULE], [facts(version="3.0.149.99")]) == [
        {
            "verdict": "incompatible",
            "code": "VERSION_TOO_OLD",
            "reason": {
                "ru": "Нужна версия конфигурации от 3.0.150.0, у вас 3.0.149.99",
                "en": "Needs configuration 3.0.150.0 or later, found 3.0.149.99",
            },
        }
    ]


def test_what_is_absent_skips_its_check(explain):
    strict = PLATFORM_RULE | {"min_compatibility_mode": "8.3.20", "infobase_kind": "server"}
    wrong = {"platform_version": "8.3.1.1", "compatibility_mode": "8.3.1", "infobase_kind": "file"}
    answers = explain([strict], [facts(), facts(**dict.fromkeys(wrong)), facts(**wrong)])
    codes = [answer["code"] for answer in answers]
    assert codes == ["COMPATIBLE", "COMPATIBLE", "INFOBASE_KIND_UNSUPPORTED"]


def test_an_empty_list_of_environments_is_an_empty_answer(explain):
    assert explain([RULE], []) == []


def test_the_body_of_the_rules_route_and_a_byte_order_mark_are_accepted(run):
    body = json.dumps({"reason": "Проверено", "rules": [RULE]}).encode()
    result = run(b"\xef\xbb\xbf" + body, {"environments": [facts()]}, "--json")
    assert json.loads(result.stdout)[0]["code"] == "COMPATIBLE"


def test_a_mistyped_member_is_no_condition_lost(run):
    result = run({"rules": [RULE | {"efect": "deny"}]}, {"environments": [facts()]}, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "/rules/0/?: " in result.stderr
    assert "efect" not in result.stderr
    result = run({"rules": [RULE]}, {"environments": [facts(platform="8.3.25.1286")]})
    assert (result.exit_code, "/environments/0/?: " in result.stderr) == (1, True)


def test_people_are_told_what_is_odd_about_the_rules(run):
    odd = {"rules": [RULE | {"version_from": "3.0.180"}]}
    result = run(odd, {"environments": [facts()]})
    assert result.exit_code == 0
    assert "Правилу 1 не соответствует ни одна версия.\n" in result.stderr
    assert run(odd, {"environments": [facts()]}, "--json").stderr == ""


def test_json_is_utf_8_and_readable(run):
    result = run({"rules": [RULE]}, {"environments": [facts("Розница")]}, "--json")
    assert "Конфигурация Розница не поддерживается" in result.stdout_bytes.decode("utf-8")


def test_people_get_a_table(run):
    environments = [facts(), facts("Розница"), facts(version="abc")]
    result = run({"rules": [RULE]}, {"environments": environments})
    assert result.exit_code == 0
    for text in ("подходит", "Розница", "не проверено", "распознана"):
        assert text in result.stdout


def test_brackets_in_a_name_are_no_markup(run):
    result = run({"rules": [{}]}, {"environments": [facts("[red]Розница", "[b]1")]})
    assert "[red]Розница" in result.stdout
    assert "[b]1" in result.stdout


def test_one_file_may_come_from_standard_input(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"rules": [RULE]}), encoding="utf-8")
    arguments = ["explain", "--rules", str(path), "--environments", "-", "--json"]
    environments = json.dumps({"environments": [facts()]})
    result = CliRunner().invoke(app, arguments, input=environments)
    assert [answer["code"] for answer in json.loads(result.stdout)] == ["COMPATIBLE"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--rules", "-"],
        ["--rules", "-", "--environments", "-"],
        ["--rules", "/nowhere/rules.json", "--environments", "-"],
        ["--rules", "/", "--environments", "-"],
    ],
)
def test_a_wrong_command_is_a_usage_error(arguments):
    assert CliRunner().invoke(app, ["explain", *arguments]).exit_code == 2


def secret_in(value):
    """A document with a value that must not come back."""
    return {"rules": [RULE | value]}


BAD_RULES = [
    (secret_in({"version_from": "тайна"}), "/rules/0/version_from", "3.0.150.30"),
    (secret_in({"excluded": ["тайна"]}), "/rules/0/excluded/0", "3.0.155.*"),
    (secret_in({"platform_excluded": [{"from": "тайна"}]}), "/rules/0/platform_excluded/0/to", ""),
    (secret_in({"effect": "тайна"}), "/rules/0/effect", ""),
    (secret_in({"configuration_name": "тайна!"}), "/rules/0/configuration_name", "буквы"),
    ({"rules": [RULE, "тайна"]}, "/rules/1", ""),
    ({"тайна": []}, "/rules", ""),
    (["тайна"], "весь документ", ""),
]


@pytest.mark.parametrize(("document", "pointer", "expectation"), BAD_RULES)
def test_a_wrong_field_is_named_with_what_to_do(run, document, pointer, expectation):
    result = run(document, {"environments": [facts()]}, "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "VALIDATION_FAILED" in result.stderr
    assert f"{pointer}: " in result.stderr
    assert expectation in result.stderr
    assert "rules.json" in result.stderr
    assert "Исправьте файл" in result.stderr


@pytest.mark.parametrize("document", [document for document, _, _ in BAD_RULES])
def test_a_refusal_never_repeats_what_was_sent(run, document):
    assert "тайна" not in run(document, {"environments": [facts()]}).output


@pytest.mark.parametrize(
    ("environments", "pointer"),
    [
        ({"environments": [facts(), {}]}, "/environments/1/configuration"),
        ({"environments": [facts(infobase_kind="web")]}, "/environments/0/infobase_kind"),
        ({"environments": [facts(version=3)]}, "/environments/0/configuration/version"),
        ({}, "/environments"),
    ],
)
def test_a_wrong_environment_is_named(run, environments, pointer):
    result = run({"rules": [RULE]}, environments)
    assert result.exit_code == 1
    assert f"{pointer}: " in result.stderr


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "строка 1, столбец 1"),
        (b'{"rules": [\n  {,}]}', "строка 2, столбец 4"),
        (b"\x00\x01\x02", "строка 1, столбец 1"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b'{"rules": [{"note": "\xff"}]}', "UTF-8"),
        (b'{"rules": [{"note": "\\ud800"}]}', "UTF-8"),
        (b'{"rules": NaN}', "NaN"),
        (b'{"rules": ' + b"[" * 100_000, "64"),
        (b'{"rules": ' + b"9" * 10_000 + b"}", "UTF-8"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(run, content, place):
    result = run(content, {"environments": []})
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "FILE_NOT_JSON" in result.stderr
    assert place in result.stderr


def test_people_are_answered_in_their_language_alone(run):
    told = run({"rules": [RULE]}, {"environments": [facts(version="3.0.9.10")]}, "--lang", "en")
    for words in ("Configuration", "incompatible", "Needs"):
        assert words in told.stdout
    assert "не подходит" not in told.stdout
    refused = run(b"{", {"environments": []}, "--lang", "en")
    assert "is no valid JSON: line 1, column 2" in refused.stderr
    assert "Mend the file and try again." in refused.stderr


def test_of_many_errors_the_first_twenty_are_named(run):
    result = run({"rules": [{"effect": "no"}] * 30}, {"environments": []})
    assert result.stderr.count("/effect: ") == 20


# Another system's list


def test_mikos_list_becomes_rules(tmp_path):
    path = tmp_path / "miko.json"
    rows = '[{"conf": "Розница", "min_1c_version": "2.3.1.1"}, {"conf": "РозницаБазовая"}, ]'
    path.write_text("\ufeff" + rows, encoding="utf-8")
    made = CliRunner().invoke(app, ["import", str(path)])
    assert (made.exit_code, made.stderr) == (0, "")
    first, second = json.loads(made.stdout)["rules"]
    assert (first["configuration_name"], first["version_from"]) == ("Розница", "2.3.1.1")
    assert (second["editions"], second["version_from"]) == (["base"], None)


def test_what_is_odd_in_mikos_list_is_told_apart_from_the_rules():
    rows = '[{"conf": "Розница", "min_1c_version": "2.3"}, {"conf": "Розница"}]'
    made = CliRunner().invoke(app, ["import", "-"], input=rows.encode())
    assert made.exit_code == 0
    assert len(json.loads(made.stdout)["rules"]) == 2
    assert made.stderr == "Правила 1 и 2 пересекаются: Розница.\n"
    english = CliRunner().invoke(app, ["import", "-", "--lang", "en"], input=rows.encode())
    assert english.stderr == "Rules 1 and 2 overlap: Розница.\n"
    again = CliRunner().invoke(app, ["import", "-", "--json"], input=rows.encode())
    assert (again.stdout, again.stderr) == (made.stdout, "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[{]", "FILE_NOT_JSON"),
        (b"\xff", "FILE_NOT_JSON"),
        (b"[]", "VALIDATION_FAILED"),
        (b'[{"conf": "A", "min_1c_version": "new"}]', "/0/min_1c_version: "),
    ],
)
def test_a_list_that_is_none_is_refused_with_the_place(tmp_path, data, words):
    path = tmp_path / "miko.json"
    path.write_bytes(data)
    refused = CliRunner().invoke(app, ["import", str(path)])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert words in refused.stderr
