"""`podkluch master`: a secret is made once, and its words bring the very same one back."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.__main__ import app
from app.kit.signing.keyring import Keyring, create_master, kid_of
from app.kit.signing.words import to_words

SECRET = bytes(range(32))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "master"


@pytest.fixture
def master(file: Path):
    def master(*arguments: str, words: list[str] | None = None, code: int = 0, **env) -> Result:
        told = {"LC_ALL": "ru_RU.UTF-8", "PODKLUCH_MASTER_KEY_FILE": str(file)} | env
        typed = "".join(f"{line}\n" for line in words or [])
        result = CliRunner().invoke(app, ["master", *arguments], input=typed, env=told)
        assert result.exit_code == code, result.output
        return result

    return master


def test_a_new_secret_is_written_and_its_words_are_shown(master, file):
    shown = master("new").stdout.splitlines()
    (secret,) = Keyring.read(file).masters.values()
    assert shown[-4:] == [f"  {n}  {line}" for n, line in enumerate(to_words(secret), 1)]
    assert str(file) in shown[0]


def test_json_holds_the_words_too(master, file):
    made = json.loads(master("new", "--json").stdout)
    (secret,) = Keyring.read(file).masters.values()
    assert made == {"file": str(file), "kid": kid_of(secret).hex(), "words": to_words(secret)}


def test_without_a_setting_the_file_lies_with_the_data(master, tmp_path):
    master("new", PODKLUCH_MASTER_KEY_FILE=None, PODKLUCH_DATA=str(tmp_path / "var"))
    assert Keyring.read(tmp_path / "var" / "keys" / "master")


@pytest.mark.parametrize("command", ["new", "restore"])
def test_a_secret_that_is_there_is_never_overwritten(master, file, command):
    create_master(file, SECRET)
    result = master(command, words=to_words(bytes(32)), code=1)
    assert "MASTER_EXISTS" in result.stderr
    assert Keyring.read(file) == Keyring.of(SECRET)


def test_words_bring_the_secret_back(master, file):
    words = json.loads(master("new", "--json").stdout)["words"]
    before = Keyring.read(file)
    file.unlink()
    master("restore", words=[line.lower() for line in words])
    assert Keyring.read(file) == before
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_wrong_lines_are_named_and_nothing_is_written(master, file):
    one, two, three, four = to_words(SECRET)
    result = master("restore", words=[one, three, two, four], code=1)
    assert "MASTER_WORDS_WRONG" in result.stderr
    assert "2, 3" in result.stderr
    assert not file.exists()


def test_words_are_not_repeated(master):
    words = to_words(SECRET)
    result = master("restore", words=[*words[:3], words[0]], code=1)
    assert not any(line in result.stderr for line in words)


def test_check_compares_and_writes_nothing(master, file):
    create_master(file, SECRET)
    before = file.stat().st_mtime_ns
    shown = master("restore", "--check", "--json", words=to_words(SECRET)).stdout
    told = json.loads(shown[shown.index("{") :])  # the runner echoes what is typed before it
    assert told == {"file": str(file), "kid": kid_of(SECRET).hex()}
    refused = master("restore", "--check", words=to_words(bytes(32)), code=1)
    assert "MASTER_DIFFERS" in refused.stderr
    assert file.stat().st_mtime_ns == before


def test_check_knows_the_older_secrets_of_the_file(master, file, tmp_path):
    create_master(file, SECRET)
    create_master(tmp_path / "older", bytes(32))
    file.write_text(file.read_text() + (tmp_path / "older").read_text())
    master("restore", "--check", words=to_words(bytes(32)))


def test_check_without_a_file_cannot_run(master):
    assert "MASTER_KEY_MISSING" in master("restore", "--check", code=3).stderr


def test_a_file_that_others_read_is_named(master, file):
    create_master(file, SECRET)
    file.chmod(0o644)
    assert "chmod 600" in master("restore", "--check", code=3).stderr


def test_what_stands_in_the_way_is_named(master, file):
    file.parent.write_text("")
    assert "FILE_UNUSABLE" in master("new", code=3).stderr


def test_another_file_may_be_named_and_needs_no_settings(master, file, tmp_path):
    other = tmp_path / "other"
    master("new", "--file", str(other), PODKLUCH_THREADS="many")
    assert Keyring.read(other)
    assert not file.exists()


def test_wrong_settings_are_named_without_their_values(master):
    result = master("new", PODKLUCH_THREADS="secret-words", code=3)
    assert "THREADS" in result.stderr
    assert "secret-words" not in result.output


def test_words_that_do_not_come_end_the_command(master, file):
    master("restore", words=to_words(SECRET)[:3], code=1)
    assert not file.exists()
