import pytest

from agent.codes import Code
from agent.com.handler import Handler
from agent.com.protocol import VERSION, Args, Cluster, ConnectorChoice, File, Opening, ProtocolError
from agent.errors import InfobaseError
from tests.agent.com.bases import PASSWORD
from wire.extensions import InfobaseKind


@pytest.fixture
def handler(base):
    made = Handler(base.opening(), lambda _state: None)
    yield made
    made.close()


def test_nothing_is_done_out_of_order(handler):
    with pytest.raises(ProtocolError):
        handler.connect()
    handler.create()
    with pytest.raises(ProtocolError):
        handler.handle("facts", Args())


@pytest.mark.parametrize(
    "call", ["create", "replace", "issues", "read", "set_properties", "presence", "unknown", ""]
)
def test_an_order_without_what_it_needs_is_no_order(handler, call):
    handler.create()
    handler.connect()
    with pytest.raises(ProtocolError):
        handler.handle(call, Args(uuid="u"))


def test_a_file_that_is_not_there_is_an_error_for_people(handler, base):
    handler.create()
    handler.connect()
    with pytest.raises(InfobaseError) as refused:
        handler.handle("issues", Args(name="x", file=File(str(base.handed / "no.cfe"), "0")))
    assert refused.value.code == Code.CONNECTOR_ERROR


def test_the_cluster_is_asked_for_sessions_only(base):
    base.set(kind="server", cluster={"server": "srv1c", "ref": "base"})
    access = Cluster("tcp://srv1c:1540", "base")
    choice = ConnectorChoice(simulated=str(base.folder))
    made = Handler(Opening(VERSION, choice, InfobaseKind.SERVER, None, access), lambda _s: None)
    made.create()
    assert made.connect() == 0
    assert made.handle("others", Args()).sessions == []
    with pytest.raises(ProtocolError):
        made.handle("facts", Args())


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("NO_LICENSE", Code.NO_LICENSE),
        ("com 0x80070005", Code.ACCESS_DENIED_DCOM),
        ("com 0x800706BA", Code.RPC_UNAVAILABLE),
        ("fail Сервер 1С:Предприятия не обнаружен", Code.SERVER_NOT_FOUND),
    ],
)
def test_what_keeps_a_session_from_beginning_has_a_code(base, fault, code):
    base.set(faults={"connect": fault})
    made = Handler(base.opening(password=PASSWORD), lambda _state: None)
    made.create()
    with pytest.raises(InfobaseError) as refused:
        made.connect()
    assert refused.value.code == code
    assert PASSWORD not in refused.value.source + refused.value.diagnostics("ru")


@pytest.mark.parametrize("call", ["facts", "others", "extensions", "infobase_id", "session_lock"])
def test_a_server_that_dies_in_a_session_has_lost_it_at_every_question(base, handler, call):
    handler.create()
    handler.connect()
    members = ("Метаданные", "ПолучитьСеансыИнформационнойБазы", "РасширенияКонфигурации",
               "ХранилищеОбщихНастроек", "ПолучитьБлокировкуСеансов")  # fmt: skip
    base.set(faults=dict.fromkeys(members, "com 0x800706BA"))
    for _ in range(2):
        with pytest.raises(InfobaseError) as refused:
            handler.handle(call, Args(name="x"))
        assert refused.value.code == Code.CONNECTION_LOST
