"""`podkluch key import`: a table of keys of another system, all of it or nothing."""

import json

import pytest
from sqlalchemy import text

OLD = "MIKO-0O1IL-UUUUU-ABCDE-12345"


@pytest.fixture
def bring(podkluch, customer, tmp_path):
    """Imports a table; its rows may name the customer by its own number."""
    del customer

    def bring(content, *options, code=0, encoding="utf-8"):
        path = tmp_path / "keys.csv"
        path.write_bytes(content.encode(encoding))
        shown = podkluch("key", "import", path, *options, "--json", code=code).stdout
        return json.loads(shown)

    return bring


def legacy(stored):
    with stored.connect() as connection:
        query = "SELECT hint FROM license_key_codes WHERE kind = 'legacy' ORDER BY id"
        return list(connection.scalars(text(query)))


@pytest.mark.parametrize(
    "content",
    [
        f"code;customer;comment\n{OLD};7700123459;Старый\n",
        f"\ufeffcode,customer,comment\r\n{OLD},7700123459,Старый\r\n",
        f'comment\tcustomer\tcode\n"Старый"\t7700123459\t{OLD}\n\n\t\t\n',
    ],
)
def test_a_table_is_read_as_programs_write_it(bring, stored, content):
    assert bring(content) == {"keys": 1}
    assert legacy(stored) == ["…-12345"]
    with stored.connect() as connection:
        assert connection.scalar(text("SELECT comment FROM license_keys")) == "Старый"


def test_a_table_may_be_longer_than_one_request(bring, stored):
    rows = "".join(f"A{number:015};7700123459\n" for number in range(1_001))
    assert bring(f"code;customer\n{rows}") == {"keys": 1_001}
    assert len(legacy(stored)) == 1_001


def test_a_dry_run_finds_faults_and_writes_nothing(bring, stored):
    assert bring(f"code;customer\n{OLD};7700123459\n", "--dry-run") == {"keys": 1}
    refused = bring("code;customer\nshort;7700123459\n", "--dry-run", code=1)
    assert [error["pointer"] for error in refused["errors"]] == ["/line/2/code"]
    assert legacy(stored) == []
    with stored.connect() as connection:
        actions = connection.scalars(text("SELECT action FROM audit_events"))
        assert "license_key.imported" not in list(actions)


def test_bad_lines_are_named_and_stop_the_whole_table(bring, stored):
    rows = "".join(f"A{number:015};7700123459\n" for number in range(1_000))
    late = f"code;customer\n\n{rows}short;7700123459\n"
    assert [error["pointer"] for error in bring(late, code=1)["errors"]] == ["/line/1003/code"]
    ragged = f"code;customer\n{OLD}\n{OLD};7700123459;;more\n"
    assert [error["pointer"] for error in bring(ragged, code=1)["errors"]] == ["/line/2", "/line/3"]
    unknown = f"code;customer\n{OLD};nobody\n{'B' * 16};7700123459\n"
    assert [error["pointer"] for error in bring(unknown, code=1)["errors"]] == ["/line/2/customer"]
    twice = f"code;customer\n{'B' * 16};7700123459\n{OLD};7700123459\n{OLD.lower()};7700123459\n"
    refused = bring(twice, code=1)
    assert (refused["code"], refused["params"]) == ("KEY_CODE_EXISTS", {"lines": [3, 4]})
    assert legacy(stored) == []


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("", "utf-8"),
        ("code;customer\n", "utf-8"),
        (f"{OLD};7700123459\n", "utf-8"),
        (f"code;customer;secret\n{OLD};7700123459;x\n", "utf-8"),
        (f"code;customer;code\n{OLD};7700123459;{OLD}\n", "utf-8"),
        (f'code;customer\n"{OLD};7700123459\n', "utf-8"),
        ("code;customer;comment\nA;7700123459;Старый\n", "cp1251"),
    ],
)
def test_what_is_no_such_table_is_refused(bring, stored, content, encoding):
    refused = bring(content, code=1, encoding=encoding)
    assert (refused["code"], "keys.csv" in refused["detail"]) == ("VALIDATION_FAILED", True)
    assert OLD not in str(refused)
    assert legacy(stored) == []
