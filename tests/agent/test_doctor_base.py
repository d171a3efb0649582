import json

import pytest

from agent.checks import Verdict
from agent.clock import Timing
from agent.codes import Code, Exit
from agent.com.remote import Ways
from agent.doctor_base import of_base
from agent.errors import InfobaseError
from agent.infobase import SessionLock
from agent.simulated.place import opened, target_of


@pytest.fixture
def state():
    return {
        "configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"},
        "platform_version": "8.3.25.1286",
    }


@pytest.fixture
def base(tmp_path, state):
    """The infobase as it is when `base` is called."""
    handover = tmp_path / "handover"
    handover.mkdir()

    def base(**changes):
        (tmp_path / "infobase.json").write_text(json.dumps(state | changes), "utf-8")
        return opened(target_of(tmp_path), Ways(handover))

    return base


@pytest.fixture
def look(base):
    def look(**changes):
        return {one.id: one for one in of_base(base(**changes), Timing())}

    return look


def extension(**properties):
    return {
        "uuid": "u-1", "name": "Склад", "version": "1", "hash_sum": "AA==", "data": "",
        "properties": properties,
    }  # fmt: skip


def test_a_sound_infobase_is_timed_and_described(look):
    found = look()
    assert {one.verdict for one in found.values()} == {Verdict.OK}
    assert list(found)[:3] == ["base.create", "base.connect", "base.probe"]
    assert found["base.connect"].facts["ms"] >= 0
    assert "3.0.150.34" in found["base.configuration"].text.ru
    assert "8.3.25.1286" in found["base.platform"].text.en


@pytest.mark.parametrize(
    ("code", "exit_code", "word"),
    [
        (Code.NO_LICENSE, Exit.NO_CONNECTION, "licence"),
        (Code.AUTH_FAILED, Exit.NO_CONNECTION, None),
        (Code.SESSIONS_DENIED, Exit.NO_CONNECTION, None),
    ],
)
def test_where_no_session_begins_it_ends_with_what_to_do(look, code, exit_code, word):
    found = look(faults={"connect": code})
    assert list(found) == ["base.create", "base.connect"]
    assert found["base.connect"].exit is exit_code
    assert found["base.connect"].facts["code"] == code
    assert word is None or word in found["base.connect"].fix.en


class Broken:
    """An infobase whose connector cannot be made, or that lets nobody in."""

    label = place = "base"

    def __init__(self, code, source=""):
        self._error = InfobaseError(code, source, bits=64, dll="{x}", a="1", b="2", n=5)

    def prepare(self):
        raise self._error


@pytest.mark.parametrize(
    ("code", "exit_code", "word"),
    [
        (Code.RPC_UNAVAILABLE, Exit.NO_CONNECTION, "135"),
        (Code.COM_VERSION, Exit.CONNECTOR, "build"),
        (Code.COM_NOT_REGISTERED, Exit.CONNECTOR, None),
        (Code.HANG, Exit.NO_CONNECTION, "by hand"),
    ],
)
def test_a_connector_that_fails_is_the_last_thing_said(code, exit_code, word):
    (check,) = of_base(Broken(code), Timing())
    assert (check.verdict, check.exit) == (Verdict.FAIL, exit_code)
    assert word is None or word in check.fix.en


def test_missing_rights_name_the_role(look):
    found = look(rights={"extensions": False, "administration": False})["base.rights"]
    assert found.exit is Exit.RIGHTS
    assert "Администратор системы" in found.fix.ru
    found = look(rights={"extensions": True, "administration": False})["base.rights"]
    assert found.verdict is Verdict.WARN


def test_a_basic_edition_takes_no_extensions(look, state):
    state["configuration"]["name"] = "БухгалтерияПредприятияБазовая"
    assert look()["base.configuration"].exit is Exit.FAILED


def test_changes_that_the_database_lacks_are_noticed(look):
    assert look(configuration_changed=True)["base.configuration"].verdict is Verdict.WARN


def test_other_sessions_are_listed(look):
    session = {"application": "1CV8C", "computer": "PC7", "user": "Иванова", "number": 4}
    assert "PC7, Иванова (1CV8C)" in look(sessions=[session])["base.sessions"].text.ru


@pytest.mark.parametrize("word", ["absent", "disabled"])
def test_an_extension_that_does_not_work_is_named(look, word):
    found = look(extensions=[extension()], faults={"presence": word})["base.extensions"]
    assert found.verdict is Verdict.WARN
    assert "Склад" in found.text.ru


def test_an_extension_that_somebody_switched_off_is_no_trouble(look):
    rows = [extension(active=False)]
    found = look(extensions=rows, faults={"presence": "disabled"})["base.extensions"]
    assert found.verdict is Verdict.OK


def test_a_lock_that_lets_the_agent_through_is_shown_with_its_message(look, base, monkeypatch):
    kind = type(base().connect())
    lock = SessionLock(is_set=True, message="Обновление {до 5}")
    monkeypatch.setattr(kind, "session_lock", lambda _self: lock)
    found = look()["base.lock"]
    assert found.verdict is Verdict.WARN
    assert "Обновление {до 5}" in found.text.ru


def test_a_real_shortage_of_licences_is_told_with_its_remedy(look):
    found = look(licenses=0)["base.connect"]
    assert found.facts["code"] == Code.NO_LICENSE
    assert "лицензи" in found.fix.ru


def test_a_server_of_another_build_says_which_one_to_install(look):
    found = look(kind="server", server_version="8.3.24.1")
    last = list(found.values())[-1]
    assert last.facts["code"] == Code.COM_VERSION
    assert "8.3.24.1" in last.text.ru
