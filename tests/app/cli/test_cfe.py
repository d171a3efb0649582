"""`podkluch cfe inspect` answers for every file it is given."""

import hashlib
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from app.cli.cfe import app
from onec.cfe_writer import NewObject
from tests.factories.cfe import bad_sha1, corrupt, empty_container, good_cfe

# A file far above the limit must pass by without ever being in memory as a whole.
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (512 * 1024 * 1024,) * 2)
from app.cli.cfe import app
app()
"""


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "Склад.cfe"
    objects = [NewObject("Catalog", "сп_Товары"), NewObject("HTTPService", "сп_Обмен")]
    path.write_bytes(good_cfe(objects=objects))
    return path


@pytest.fixture
def damaged(tmp_path):
    path = tmp_path / "damaged.cfe"
    path.write_bytes(corrupt(good_cfe(), bad_sha1))
    return path


def inspect(*arguments):
    return CliRunner().invoke(app, ["inspect", *map(str, arguments)], env={"COLUMNS": "200"})


def test_it_prints_all_that_a_sound_file_says(sound):
    result = inspect("--json", sound)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [
        {
            "file": "Склад.cfe",
            "valid": True,
            "sha256": hashlib.sha256(sound.read_bytes()).hexdigest(),
            "size": sound.stat().st_size,
            "name": "СкладскойПомощник",
            "synonym": {"ru": "Складской помощник"},
            "vendor": 'ООО "Ромашка"',
            "version": "2.4.0",
            "prefix": "сп_",
            "compatibility": "8.3.14",
            "purpose": "Customization",
            "own": 2,
            "adopted": 1,
            "warnings": [
                {
                    "code": "EXCLUSIVE_ACCESS",
                    "text": "Может потребоваться монопольный доступ: "
                    "расширение добавляет свои данные",
                    "text_en": "Exclusive access may be needed: the extension adds data of its own",
                },
                {
                    "code": "PUBLISH_SERVICES",
                    "text": "После установки опубликуйте HTTP-сервисы расширений",
                    "text_en": "Publish the HTTP services of extensions after the installation",
                },
            ],
        }
    ]


def test_a_damaged_file_is_an_answer_beside_the_others(sound, damaged):
    result = inspect(damaged, sound, "--json")
    assert result.exit_code == 0
    refused, accepted = json.loads(result.stdout)
    error = refused.pop("error")
    assert refused == {
        "file": "damaged.cfe",
        "valid": False,
        "sha256": hashlib.sha256(damaged.read_bytes()).hexdigest(),
        "size": damaged.stat().st_size,
    }
    assert error["code"] == "HASH_MISMATCH"
    assert error["text"].startswith("Файл повреждён: не сходится контрольная сумма")
    assert error["text_en"].startswith("The file is damaged: the digest of entry")
    assert accepted["valid"] is True


def test_without_json_it_prints_tables_for_people(sound, damaged):
    result = inspect(sound, damaged)
    assert result.exit_code == 0
    for words in (
        "Склад.cfe",
        "СкладскойПомощник",
        'ООО "Ромашка"',
        "своих 2 / заимствованных 1",
        "Может потребоваться монопольный доступ",
        "Адаптация",
        "damaged.cfe",
        "HASH_MISMATCH",
    ):
        assert words in result.stdout
    assert result.stderr == ""


def test_words_from_the_file_are_not_markup(tmp_path):
    path = tmp_path / "[red]x.cfe"
    path.write_bytes(good_cfe(vendor="[bold]Ромашка[/bold] \x1b[31m[/]"))
    result = inspect(path)
    assert result.exit_code == 0
    assert "[bold]Ромашка[/bold]" in result.stdout
    assert "[red]x.cfe" in result.stdout
    assert "\x1b" not in result.stdout


def test_an_empty_container_is_named_so(tmp_path):
    path = tmp_path / "empty.cfe"
    path.write_bytes(corrupt(good_cfe(), empty_container))
    assert json.loads(inspect("--json", path).stdout)[0]["error"] == {
        "code": "EMPTY",
        "text": "Контейнер пуст",
        "text_en": "The container is empty",
    }


@pytest.mark.long
def test_a_file_above_the_limit_is_never_in_memory_as_a_whole(tmp_path):
    path = tmp_path / "huge.cfe"
    size = 600 * 1024 * 1024
    with path.open("wb") as file:
        file.truncate(size)
    command = [sys.executable, "-c", LIMITED, "inspect", "--json", path]
    child = subprocess.run(command, check=True, capture_output=True)
    (answer,) = json.loads(child.stdout)
    assert (answer["error"]["code"], answer["size"]) == ("TOO_BIG", size)


def test_a_name_that_is_not_utf8_does_not_break_the_output(tmp_path):
    path = tmp_path / "a\udcff.cfe"
    path.write_bytes(good_cfe())
    result = inspect("--json", path)
    assert (result.exit_code, json.loads(result.stdout)[0]["file"]) == (0, "a?.cfe")


@pytest.mark.parametrize("name", ["absent.cfe", "", "/dev/null"])
def test_what_is_no_file_is_an_error_of_usage(tmp_path, name):
    result = inspect("--json", tmp_path / name)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_call_without_files_is_an_error_of_usage():
    assert inspect("--json").exit_code == 2


def test_a_file_that_cannot_be_read_ends_with_one_clear_line(sound):
    # Linux: a regular file whose first byte no process may read.
    result = inspect("--json", sound, "/proc/self/mem")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Файл не прочитан: ")
    assert result.stderr.count("\n") == 1
