import os

import pytest

from agent.codes import Code
from agent.com.errors import code_of
from agent.simulated.texts import TEXTS
from agent.simulated.world import connector_failure
from tests.simulators.onec import SOMEBODY, refused
from wire.problems import Sentence

SERVER = 'Srvr="srv";Ref="buh";'
CLUSTER = {"server": "srv", "ref": "buh"}


@pytest.mark.parametrize("what", [what for what in TEXTS if what in set(Code)])
def test_every_refusal_is_known_to_the_agent_in_both_languages(what):
    known: Sentence = TEXTS[what]
    assert {code_of(connector_failure(text)) for text in (known.ru, known.en)} == {what}


def test_the_connector_refuses_in_its_own_name(onec):
    failure = refused(onec.connect, "", 'File="/nowhere";')
    wcode, source, text, *_, scode = failure.excepinfo
    assert (wcode, source, scode & 0xFFFFFFFF) == (0, "V83.COMConnector.1", 0x80004005)
    assert text == "Информационная база не обнаружена"


@pytest.mark.parametrize(
    ("changes", "connection", "code"),
    [
        ({}, "Srvr=", Code.BASE_NOT_FOUND),
        ({}, SERVER, Code.BASE_NOT_FOUND),
        ({"kind": "server", "cluster": CLUSTER}, 'Srvr="other";Ref="buh";', Code.SERVER_NOT_FOUND),
        ({"kind": "server", "cluster": CLUSTER}, 'Srvr="SRV";Ref="b";', Code.BASE_NOT_FOUND),
        ({"server_version": "8.3.24.1"}, "", Code.COM_VERSION),
        ({"account": {"user": "А", "password": "1"}}, "", Code.AUTH_FAILED),
        ({"lock": "C0DE"}, "", Code.SESSIONS_DENIED),
        ({"licenses": 1, "sessions": [SOMEBODY]}, "", Code.NO_LICENSE),
    ],
)
def test_a_session_is_refused_with_the_reason(onec, changes, connection, code):
    onec.write(**changes)
    assert code_of(refused(onec.connect, "", connection)) == code
    onec.write(language="en")
    assert code_of(refused(onec.connect, "", connection)) == code


def test_the_version_of_the_server_is_named(onec):
    onec.write(server_version="8.3.24.1")
    assert "8.3.25.1286 - 8.3.24.1" in refused(onec.connect).text


def test_user_and_password_let_in(onec):
    onec.write(account={"user": "Админ", "password": 'п"1'})
    assert onec.connect('Usr="АДМИН";Pwd="п""1";').call("ИмяПользователя") == "АДМИН"
    assert code_of(refused(onec.connect, 'Usr="Админ";Pwd="п1";')) == Code.AUTH_FAILED


def test_a_lock_lets_in_who_knows_the_code_and_tells_the_others_why(onec):
    onec.write(lock="C0DE", lock_message="Идёт обновление")
    assert refused(onec.connect).text.endswith("запрещено. Идёт обновление")
    assert code_of(refused(onec.connect, 'UC="WRONG";')) == Code.SESSIONS_DENIED
    assert onec.connect('UC="C0DE";').call("НомерСеансаИнформационнойБазы") == 1


def test_a_lock_without_a_code_keeps_everybody_out(onec):
    onec.write(lock="")
    assert code_of(refused(onec.connect)) == Code.SESSIONS_DENIED


def test_a_session_takes_a_licence_until_it_is_released(onec):
    onec.write(licenses=1)
    session = onec.connect()
    assert code_of(refused(onec.connect)) == Code.NO_LICENSE
    del session
    assert onec.connect().call("НомерСеансаИнформационнойБазы") == 2


def test_a_server_infobase_is_reached_by_its_name(onec):
    onec.write(kind="server", cluster=CLUSTER)
    session = onec.connect("", SERVER)
    assert session.call("СтрокаСоединенияИнформационнойБазы") == SERVER


def test_what_no_process_holds_any_more_is_no_session(onec):
    onec.write(connected=[{"number": 7, "pid": os.getpid()}], licenses=1)
    assert onec.connect().call("ПолучитьСеансыИнформационнойБазы").call("Количество") == 1


def test_a_killed_process_may_leave_its_session_behind(onec):
    onec.write(connected=[{"number": 7, "pid": os.getpid()}], leftover_sessions=True)
    session = onec.connect()
    assert session.call("ПолучитьСеансыИнформационнойБазы").call("Количество") == 2
    del session
    assert [one["number"] for one in onec.state["connected"]] == [7]


@pytest.mark.parametrize(("kind", "hresult"), [("file", 0x80010108), ("server", 0x800706BA)])
def test_a_session_that_was_ended_answers_no_more(onec, kind, hresult):
    onec.write(kind=kind, cluster=CLUSTER)
    session = onec.connect("", SERVER if kind == "server" else "")
    onec.write(ended=[1])
    for call in (lambda: session.get("Метаданные"), lambda: session.call("String", "x")):
        assert refused(call).hresult == hresult
