import getpass
import json
import platform
import sqlite3
import zipfile
from pathlib import Path

import pytest

from agent import logs
from agent.doctor_bundle import scrub, write_bundle
from agent.vault import Vault
from tests.simulators.exchange import COUPON, KEY

SECRETS = (
    KEY,
    KEY.lower().replace("-", " "),
    COUPON,
    "pki_" + "A1b2" * 8,
    "pkd_" + "C3d4" * 8,
    "тайный-пароль-базы",
    'с"кав;ычкой',
    "kluch7",
    "PERMISSION16CODE",
    "proxy-word",
)
PATHS = (
    r"C:\Users\Ирина Петрова\1C\base",
    r"D:\\Documents and Settings\\ipetrova\\x",
    str(Path("/", "home", "ipetrova", "base")),
)
LINES = (
    f"key {KEY} and {KEY.lower().replace('-', ' ')}",
    f"coupon {COUPON}",
    f"token pki_{'A1b2' * 8}, Bearer pkd_{'C3d4' * 8}",
    'Srvr="srv";Ref="b";Usr="u";Pwd="тайный-пароль-базы";UC="PERMISSION16CODE";',
    'pwd="с""кав;ычкой";',
    "entered kluch7 twice",
    "password: PERMISSION16CODE",
    "http://user:proxy-word@proxy:3128",
    *PATHS,
)


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    (folder / "logs").mkdir(parents=True)
    # what an earlier version may have let through stands there in clear
    (folder / "logs" / "agent.log").write_text("\n".join(LINES), "utf-8")
    (folder / "logs" / "agent.log.1").write_text("\n".join(LINES), "utf-8")
    Vault(folder / "vault.json").keep_password("base", "kluch7")
    with sqlite3.connect(folder / "state.db") as db:
        db.execute("CREATE TABLE operations (id, infobase, onec_name, started_at, finished_at,"
                   " outcome, code, plan)")  # fmt: skip
        db.execute("CREATE TABLE steps (operation, seq, state, entered_at, left_at, detail)")
        db.execute("CREATE TABLE spool (kind, ref, created_at, attempts, rejected, message)")
        db.execute("INSERT INTO operations VALUES ('o', 'i', ?, '', '', '', '', ?)",
                   (f"Имя {KEY}", PATHS[0]))  # fmt: skip
        db.execute("INSERT INTO steps VALUES ('o', 0, 'PLANNED', '', '', ?)", (LINES[3],))
        db.execute("INSERT INTO spool VALUES ('r', 'o', '', 0, ?, ?)", (LINES[3], LINES[3]))
    db.close()
    return folder


@pytest.fixture
def bundle(home, tmp_path):
    path = tmp_path / "bundle.zip"
    checks = [{"id": "x", "facts": {"line": line, "all": list(LINES)}} for line in LINES]
    write_bundle(path, home, checks)
    with zipfile.ZipFile(path) as made:
        return {name: made.read(name).decode() for name in made.namelist()}


def test_it_holds_findings_versions_journal_and_every_log(bundle):
    assert set(bundle) == {
        "doctor.json", "versions.json", "journal.json", "logs/agent.log", "logs/agent.log.1",
    }  # fmt: skip
    assert json.loads(bundle["versions.json"])["agent"]
    assert json.loads(bundle["journal.json"])["operations"][0]["id"] == "o"


@pytest.mark.parametrize("secret", SECRETS)
def test_no_planted_secret_is_in_it(bundle, secret):
    escaped = json.dumps(secret, ensure_ascii=False).strip('"')
    for name, text in bundle.items():
        assert secret not in text, name
        assert escaped not in text, name


@pytest.mark.parametrize("person", ["Ирина", "Петрова", "ipetrova"])
def test_no_person_is_named_by_a_path(bundle, person):
    assert not [name for name, text in bundle.items() if person in text]


def test_this_person_and_computer_are_not_named():
    told = f"{Path.home()}/x {getpass.getuser()} at {platform.node()}"
    hidden = scrub(told)
    assert str(Path.home()) not in hidden
    for name in (getpass.getuser(), platform.node()):
        assert len(name) < 3 or name not in hidden.replace("<user>", "").replace("<computer>", "")


def test_what_helps_is_left_as_it_was():
    text = "8.3.25.1286 COM_NOT_REGISTERED 0x80040154 БухгалтерияПредприятия 3.0.150.34"
    assert scrub(text) == text


def test_a_journal_that_cannot_be_read_is_named_instead(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "state.db").write_text("damaged" * 300)
    write_bundle(tmp_path / "b.zip", tmp_path, [])
    with zipfile.ZipFile(tmp_path / "b.zip") as made:
        assert "error" in json.loads(made.read("journal.json"))


def test_the_command_writes_it_where_it_is_told(bench, tmp_path):
    bench.do("check")
    path = tmp_path / "support.zip"
    ran = bench.run("doctor", "--json", "--bundle", path)
    with zipfile.ZipFile(path) as made:
        assert "logs/agent.log" in made.namelist()
        assert json.loads(made.read("doctor.json"))[0]["id"] == "agent.settings"
    assert ran.result["data"]["bundle"] == str(path)


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch):
    monkeypatch.setattr(logs, "_secrets", set())
    monkeypatch.setattr(logs, "_short", set())
