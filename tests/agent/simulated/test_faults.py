import subprocess
import sys

import pytest

from agent.codes import Code
from agent.com.errors import code_of
from agent.simulated import faults
from tests.simulators.onec import refused

CRASHING = """
import sys
from pathlib import Path
from tests.simulators.onec import OneC

class Given(OneC):
    def __init__(self, folder):
        self.folder, self.file = folder, folder / "infobase.json"

onec = Given(Path(sys.argv[1]))
onec.install(onec.connect())
"""


@pytest.fixture
def session(onec):
    return onec.connect()


def versions(onec):
    return [row["version"] for row in onec.state["extensions"]]


def test_a_word_is_for_every_call_and_a_list_is_used_up(onec):
    onec.write(faults={"connect": [None, "AUTH_FAILED"], "КонфигурацияИзменена": "NO_RIGHTS"})
    session = onec.connect()
    assert code_of(refused(onec.connect)) == Code.AUTH_FAILED
    onec.connect()
    for _ in range(2):
        assert code_of(refused(session.call, "КонфигурацияИзменена")) == Code.NO_RIGHTS


@pytest.mark.parametrize("key", ["Записать", "Write", "РасширениеКонфигурации.Записать", "write"])
def test_a_call_has_many_names(onec, session, key):
    onec.write(faults={key: ["before fail Нельзя: вот + так", None]})
    assert refused(onec.install, session).text == "Нельзя: вот + так"
    assert versions(onec) == []
    onec.install(session)
    assert onec.state["faults"] == {key: []}


def test_whatever_comes_next_can_fail(onec, session):
    onec.write(faults={"*": ["NO_RIGHTS"]})
    assert code_of(refused(session.get, "Метаданные")) == Code.NO_RIGHTS
    assert session.get("Метаданные")


def test_there_may_be_no_connector(onec):
    onec.write(faults={"create": ["com 0x80040154"]})
    assert code_of(refused(lambda: onec.connector)) == Code.COM_NOT_REGISTERED
    assert onec.connect()


def test_the_write_of_bytes_to_a_file_is_another_call(onec, session, tmp_path):
    onec.install(session)
    onec.write(faults={"Записать": "fail нет"})
    onec.stored(session)[0].call("ПолучитьДанные").call("Записать", str(tmp_path / "x"))
    onec.write(faults={"ДвоичныеДанные.Записать": "fail нет"})
    data = onec.stored(session)[0].call("ПолучитьДанные")
    assert refused(data.call, "Записать", str(tmp_path / "x")).text == "нет"


def test_properties_alone_are_a_call_of_their_own(onec, session):
    onec.install(session)
    onec.write(faults={"write": "NO_RIGHTS", "set_properties": [None, "LOCK_CONFLICT"]})
    (found,) = onec.stored(session)
    found.call("Записать")
    assert code_of(refused(found.call, "Записать")) == Code.LOCK_CONFLICT


@pytest.mark.parametrize(("word", "left"), [("lost_before", []), ("after lost", ["2.4.0"])])
def test_a_lost_connection_stays_lost(onec, session, word, left):
    onec.write(faults={"Записать": [word]})
    assert code_of(refused(onec.install, session)) == Code.CONNECTION_LOST
    assert refused(session.get, "Метаданные").hresult == 0x80010108
    assert versions(onec) == left
    assert onec.connect().get("Метаданные")


def test_com_itself_can_fail(onec, session):
    onec.write(faults={"ПравоДоступа": ["com 0x80010105", "com 0x800706BA"]})
    kind = session.get("Метаданные")
    right = ("ПравоДоступа", "Администрирование", kind)
    assert refused(session.call, *right).hresult == 0x80010105
    assert refused(session.call, *right).hresult == 0x800706BA
    assert refused(session.call, *right).hresult == 0x800706BA  # the server does not come back


@pytest.mark.parametrize(("when", "left"), [("crash before", []), ("crash after", ["2.4.0"])])
def test_a_crash_takes_the_process_and_leaves_what_was_stored(onec, when, left):
    onec.write(faults={"Записать": [when]}, extensions=[])
    command = [sys.executable, "-c", CRASHING, str(onec.folder)]
    assert subprocess.run(command, check=False).returncode == 3
    assert versions(onec) == left
    assert onec.state["faults"] == {"Записать": []}


def test_a_hang_ends_when_it_was_planned_to(onec, session, monkeypatch):
    slept = []
    monkeypatch.setattr(faults.time, "sleep", slept.append)
    onec.write(faults={"Записать": ["hang 3"]})
    onec.install(session)
    assert slept == [3.0]


@pytest.mark.parametrize(
    ("word", "found"),
    [("garbled", ["0"]), ("duplicate", ["2.4.0", "2.4.0"]), ("unset", ["2.4.0"])],
)
def test_the_effect_of_a_write_can_be_broken(onec, session, word, found):
    onec.write(faults={"write": [f"{word}+lost_after"]})
    assert code_of(refused(onec.install, session)) == Code.CONNECTION_LOST
    assert versions(onec) == found


@pytest.mark.parametrize(("word", "found"), [("absent", [0, 0]), ("disabled", [0, 1])])
def test_a_session_can_be_made_to_run_without_it(onec, session, word, found):
    onec.install(session)
    onec.write(faults={"presence": [word]})
    session = onec.connect()
    kinds = session.get("ИсточникРасширенийКонфигурации")
    names = ("СеансАктивные", "СеансОтключенные")
    assert [len(onec.stored(session, "СкладскойПомощник", kinds.get(n))) for n in names] == found


@pytest.mark.parametrize("word", ["NOPE", "before", "garbled+wat"])
def test_a_word_that_means_nothing_is_an_error_of_the_test(onec, word):
    onec.write(faults={"connect": word})
    with pytest.raises(ValueError, match="a fault cannot be"):
        onec.connect()
