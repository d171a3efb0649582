import pytest

from agent.codes import Code
from agent.com.errors import code_of
from tests.simulators.onec import SOMEBODY, refused

CLUSTER = {"server": "srv:1541", "ref": "buh",
           "administrator": {"user": "root", "password": "r00t"}}  # fmt: skip


@pytest.fixture
def server(onec):
    onec.write(kind="server", cluster=CLUSTER, sessions=[SOMEBODY])
    return onec


def parts(agent):
    """The cluster, its infobase and their sessions."""
    (cluster,) = agent.call("GetClusters")
    agent.call("Authenticate", cluster, "root", "r00t")
    (infobase,) = agent.call("GetInfoBases", cluster)
    found = agent.call("GetInfoBaseSessions", cluster, infobase)
    return cluster, infobase, found


def test_a_file_infobase_has_no_cluster(onec):
    failure = refused(onec.connector.call, "ConnectAgent", "tcp://localhost:1540")
    assert code_of(failure) == Code.SERVER_NOT_FOUND


def test_the_cluster_asks_for_its_administrator(server):
    agent = server.connector.call("ConnectAgent", "tcp://srv:1540")
    cluster = agent.call("GetClusters")[0]
    assert code_of(refused(agent.call, "GetInfoBases", cluster)) == Code.NO_RIGHTS
    wrong = ("Authenticate", cluster, "root", "?")
    assert code_of(refused(agent.call, *wrong)) == Code.AUTH_FAILED


def test_names_of_the_cluster_are_english(server):
    agent = server.connector.call("ConnectAgent", "tcp://srv:1540")
    assert not agent.has("ПолучитьКластеры")


def test_sessions_are_ended_by_the_cluster(server):
    session = server.connect("", 'Srvr="srv:1541";Ref="buh";')
    agent = server.connector.call("ConnectAgent", "tcp://srv:1540")
    cluster, infobase, found = parts(agent)
    assert [(one.get("SessionID"), one.get("AppID")) for one in found] == [
        (3, "1CV8C"), (1, "COMConnection"),
    ]  # fmt: skip
    for one in found:
        agent.call("TerminateSession", cluster, one)
    assert server.state["sessions"] == []
    assert refused(session.get, "Метаданные").hresult == 0x800706BA
    refusal = refused(agent.call, "TerminateSession", cluster, found[0])
    assert refusal.text == "Сеанс отсутствует или удален"
    assert agent.call("GetInfoBaseSessions", cluster, infobase) == ()


def test_a_lock_is_set_through_a_working_process(server):
    process = server.connector.call("ConnectWorkingProcess", "tcp://srv:1560")
    process.call("AuthenticateAdmin", "root", "r00t")
    info = process.call("GetInfoBases")[0]
    lock = {"SessionsDenied": True, "PermissionCode": "C0DE", "DeniedMessage": "Обновление"}
    for name, value in {**lock, "ScheduledJobsDenied": True}.items():
        info.put(name, value)
    assert server.state.get("lock") is None
    process.call("UpdateInfoBase", info)
    assert (server.state["lock"], server.state["lock_message"]) == ("C0DE", "Обновление")
    assert server.state["cluster"]["scheduled_jobs_denied"] is True


def test_a_wrong_password_of_the_infobase_shows_as_no_dbms(server):
    server.write(account={"user": "Админ", "password": "1"})
    process = server.connector.call("ConnectWorkingProcess", "tcp://srv:1560")
    process.call("AddAuthentication", "Админ", "2")
    info = process.call("GetInfoBases")[0]
    assert info.get("DBMS") == ""
    assert code_of(refused(process.call, "UpdateInfoBase", info)) == Code.NO_RIGHTS
    process.call("AddAuthentication", "Админ", "1")
    assert process.call("GetInfoBases")[0].get("DBMS") == "PostgreSQL"
