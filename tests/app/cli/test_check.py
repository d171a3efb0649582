"""`podkluch check`: what people and programs read of the examination, and its exit code."""

import json
import os

import pytest
from sqlalchemy import text


@pytest.fixture
def artifact(publish, podkluch):
    """The file of a published release."""
    digest = json.loads(publish("--json").stdout)["sha256"]
    return podkluch.data / "artifacts" / "sha256" / digest[:2] / digest


def test_a_sound_server_is_told_check_by_check(podkluch, artifact):
    told = podkluch("check").stdout.splitlines()
    assert artifact.exists()
    assert told[0] == "✔ Настройки и схема базы"
    assert "✔ Файлы релизов, просмотрено 1" in told
    assert told[-1] == "Ошибок: 0."


def test_programs_read_it_as_json(podkluch, artifact):
    told = podkluch.json("check", "--full")
    assert artifact.exists()
    assert told["ok"] is True
    assert [one["name"] for one in told["checks"]][:2] == ["database", "seats"]
    assert all(one["findings"] == [] for one in told["checks"])


def test_a_fault_ends_with_1_and_names_the_vendor(podkluch, artifact):
    artifact.unlink()
    told = podkluch("check", code=1).stdout
    assert "✘ Файлы релизов, просмотрено 1, замечаний 1" in told
    for words in ("vektor", "ARTIFACT_MISSING", "Файла нет в хранилище", artifact.name):
        assert words in told
    assert told.splitlines()[-1] == "Ошибок: 1."


def test_a_fault_in_json_has_all_that_a_program_needs(podkluch, stored, vendor):
    with stored.begin() as connection:
        connection.execute(text("UPDATE audit_heads SET seq = 7"))
    told = podkluch.json("check", code=1)
    assert told["ok"] is False
    (found,) = [one for check in told["checks"] for one in check["findings"]]
    assert found["text"]["en"].startswith("The head of the audit chain")
    assert (found["code"], found["weight"], found["vendor"]) == (
        "AUDIT_HEAD_WRONG",
        "fault",
        vendor["slug"],
    )


def test_damaged_bytes_need_the_full_check(podkluch, artifact):
    artifact.write_bytes(artifact.read_bytes()[:-1] + b"\xaa")
    podkluch("check")
    assert "ARTIFACT_DAMAGED" in podkluch("check", "--full", code=1).stdout


def test_leftovers_are_listed_and_no_fault(podkluch, artifact):
    half = podkluch.data / "artifacts" / "incoming" / "half"
    half.write_bytes(b"ha")
    told = podkluch("check", "--lang", "en").stdout
    assert artifact.exists()
    assert "incoming/half" in told
    assert told.splitlines()[-1] == "Faults: 0."


def test_another_schema_is_a_fault_of_its_own(podkluch, stored):
    with stored.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    told = podkluch("check", code=1).stdout
    assert "SCHEMA_NOT_CURRENT" in told
    assert "podkluch migrate" in told


def test_repairs_are_told_and_done_once(podkluch, artifact):
    half = podkluch.data / "artifacts" / "incoming" / "half"
    half.write_bytes(b"ha")
    os.utime(half, (0, 0))
    other = podkluch.data / "artifacts" / "sha256" / "00" / ("0" * 64)
    other.parent.mkdir()
    other.write_bytes(b"of nobody, and young")
    artifact.unlink()
    answer = podkluch("check", "--repair")
    told = answer.stdout.splitlines()
    assert answer.stderr == ""
    assert told[0] == "→ Хранилище файлов: Незаконченная загрузка удалена (incoming/half)"
    assert "Файла нет в хранилище; файл в карантине" in told[1]
    assert told[-1] == "Ошибок: 0."
    again = podkluch.json("check", "--repair")
    assert (again["ok"], again["repaired"], other.exists()) == (True, [], True)
