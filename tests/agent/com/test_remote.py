import errno
import os

import pytest

from agent.clock import Timing
from agent.codes import Code
from agent.com.protocol import Cluster
from agent.com.remote import ComInfobase, Ways
from agent.errors import InfobaseError
from agent.infobase import Presence, Properties, SessionLock
from agent.registry import V83, V85
from agent.target import Activation, Target
from onec.connection import ConnectionString
from tests.agent.com.bases import DATA, NAME, PASSWORD
from wire.extensions import InfobaseKind

SERVER = ConnectionString(server="srv1c:1541", ref="Торговля", user="Админ", password=PASSWORD)
DLL = r"C:\Program Files\1cv8\8.3.25.1286\bin\comcntr.dll"


class Recorder:
    """Links that are made, in place of children; each may be refused."""

    def __init__(self, *refusals):
        self.refusals = list(refusals)
        self.openings, self.commands, self.closed = [], [], 0
        self.process, self.number = None, 0

    def __call__(self, opening, manner):
        self.openings.append(opening)
        self.commands.append(manner.command)
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal:
            raise refusal
        return self

    def close(self):
        self.closed += 1


class Clock(Timing):
    """Time that passes by being waited for only."""

    def __init__(self):
        self.time, self.waited = 100.0, []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.waited.append(seconds)


def infobase(base, link, activation=Activation.AUTO, platform=None, dll=DLL):
    wanted = []

    def find(version):
        wanted.append(version)
        return dll

    ways = Ways(base.handed, link=link, find_dll=find, timing=Clock())
    made = ComInfobase(Target(SERVER, platform, activation), ways)
    return made, wanted


def test_the_whole_port_crosses_to_the_other_side_and_back(base):
    base.set(has_bsp=True)
    session = base.infobase().connect()
    assert session.facts().kind is InfobaseKind.FILE
    stale = session.create(DATA, Properties(use_default_roles=False))
    (found,) = session.extensions(NAME, stale)
    session.set_properties(found.uuid, Properties(security_profile="Обмен"))
    assert session.extensions(NAME)[0].properties.security_profile == "Обмен"
    assert session.present([]) == []
    assert session.present([NAME, "x"]) == [NAME]
    assert session.presence(found) is Presence.ABSENT
    assert session.others() == []
    assert session.refresh_parameters()
    assert session.changes_structure(found.uuid) is False
    assert session.infobase_id() is None
    assert session.keep_infobase_id("i")
    session.lock("Обновление", "CODE")
    assert session.session_lock() == SessionLock(is_set=True, message="Обновление")
    session.unlock("CODE")
    session.log_event("ок")
    session.delete(found.uuid)
    assert session.extensions() == []
    session.close()


def test_a_lock_is_passed_by_its_code(base):
    base.set(lock="CODE", lock_message="до 22:00")
    with pytest.raises(InfobaseError) as refused:
        base.infobase().connect()
    assert refused.value.code == Code.SESSIONS_DENIED
    base.infobase().connect("CODE").close()


def test_a_place_names_no_user_and_a_label_is_for_people(base):
    made, _ = infobase(base, Recorder())
    assert made.place == 'Srvr="srv1c:1541";Ref="Торговля";'
    assert made.label == "Торговля"
    file = ComInfobase(Target(ConnectionString(file="C:\\Базы\\Торг\\")), Ways(base.handed))
    assert (file.place, file.label) == ('File="C:\\Базы\\Торг\\";', "Торг")
    assert base.infobase().place == f"simulated:{base.folder}"


def test_1c_is_asked_to_speak_russian(base):
    link = Recorder()
    infobase(base, link)[0].connect("КОД")
    (opening,) = link.openings
    assert opening.connection.endswith('UC="КОД";Locale="ru_RU";')
    assert f'Pwd="{PASSWORD}"' in opening.connection
    assert PASSWORD not in repr(opening)


def test_preparing_makes_a_connector_and_no_session(base):
    link = Recorder()
    infobase(base, link)[0].prepare()
    assert (link.openings[0].connection, link.openings[0].cluster, link.closed) == (None, None, 1)
    base.infobase().prepare()
    assert base.state.get("session_counter", 0) == 0


@pytest.mark.parametrize(("platform", "clsid"), [(None, V83.clsid), ("8.3.25.1286", V83.clsid),
    ("8.5.1.100", V85.clsid)])  # fmt: skip
def test_a_platform_has_its_own_connector(base, platform, clsid):
    link = Recorder()
    infobase(base, link, platform=platform)[0].connect()
    assert (link.openings[0].connector.clsid, link.openings[0].connector.dll) == (clsid, None)


@pytest.mark.parametrize(
    ("refusal", "wanted"),
    [
        (InfobaseError(Code.COM_NOT_REGISTERED), [None]),
        (InfobaseError(Code.COM_VERSION, b="8.3.24.1000"), ["8.3.24.1000"]),
        (InfobaseError(Code.COM_VERSION, b="?"), [None]),
    ],
)
def test_by_path_where_the_registry_cannot_do_and_a_dll_fits(base, refusal, wanted):
    link = Recorder(refusal)
    made, asked = infobase(base, link)
    made.connect()
    made.connect()
    ways = [(one.connector.activation, one.connector.dll) for one in link.openings]
    assert ways == [("registry", None), ("path", DLL), ("path", DLL)]
    assert asked == wanted


@pytest.mark.parametrize(
    ("refusal", "activation", "dll"),
    [
        (Code.COM_NOT_REGISTERED, Activation.AUTO, None),
        (Code.COM_NOT_REGISTERED, Activation.REGISTRY, DLL),
        (Code.AUTH_FAILED, Activation.AUTO, DLL),
        (Code.COM_VERSION, Activation.PATH, DLL),
    ],
)
def test_it_gives_up_where_there_is_no_other_way(base, refusal, activation, dll):
    link = Recorder(InfobaseError(refusal))
    with pytest.raises(InfobaseError) as refused:
        infobase(base, link, activation, dll=dll)[0].connect()
    assert refused.value.code == refusal
    assert len(link.openings) == 1
    if activation is Activation.REGISTRY:
        assert f'"{DLL}"' in refused.value.diagnostics("ru")  # what is to be registered


def test_by_path_needs_a_dll(base):
    with pytest.raises(InfobaseError) as refused:
        infobase(base, Recorder(), Activation.PATH, dll=None)[0].connect()
    assert refused.value.code == Code.COM_DLL_MISSING


@pytest.mark.parametrize(("frozen", "is_there", "commands"), [(True, True, 2), (True, False, 1),
    (False, True, 1)])  # fmt: skip
def test_a_connector_of_32_bits_takes_the_host_of_32_bits(
    base, monkeypatch, frozen, is_there, commands
):
    program = base.handed / "podkluch-agent.exe"
    if is_there:
        program.with_name("comhost32.exe").touch()
    monkeypatch.setattr("sys.frozen", frozen, raising=False)
    monkeypatch.setattr("sys.executable", str(program))
    link = Recorder(InfobaseError(Code.COM_BITNESS, other=32))
    made, _ = infobase(base, link)
    if commands == 2:
        made.connect()
        assert link.commands[1] == (str(program.with_name("comhost32.exe")), "com-worker")
    else:
        with pytest.raises(InfobaseError):
            made.connect()
    assert len(link.commands) == commands


def test_the_next_session_waits_until_1c_has_noticed_the_end_of_the_last(base):
    link = Recorder()
    made, _ = infobase(base, link)
    clock = made._ways.timing
    made.connect().close()
    clock.time += 0.25
    made.connect().close()
    clock.time += 5
    made.connect().close()
    assert clock.waited == [0.75]


@pytest.fixture
def server(base):
    administrator = {"user": "admin", "password": PASSWORD}
    others = [{"application": "1CV8C", "computer": "ПК", "user": "Анна", "number": 40}]
    base.set(
        kind="server",
        sessions=others,
        cluster={"server": "srv1c:1541", "ref": "Торговля", "administrator": administrator},
    )
    return base


def test_a_session_is_ended_by_its_number_through_the_cluster(server):
    cluster = Cluster("tcp://srv1c:1540", "торговля", "admin", PASSWORD)
    made = server.infobase(cluster=cluster)
    assert made.terminate(40)
    assert server.state["sessions"] == []
    assert made.terminate(40)  # gone already is ended as well
    assert PASSWORD not in repr(cluster)


def test_a_session_that_goes_meanwhile_is_ended_as_well(server):
    server.set(faults={"TerminateSession": "fail Сеанс с указанным идентификатором не найден"})
    cluster = Cluster("tcp://srv1c:1540", "Торговля", "admin", PASSWORD)
    assert server.infobase(cluster=cluster).terminate(40)


@pytest.mark.parametrize(
    "cluster",
    [
        None,
        Cluster("tcp://srv1c:1540", "Торговля", "admin", "не тот"),
        Cluster("tcp://srv1c:1540", "Другая", "admin", PASSWORD),
        Cluster("tcp://чужой:1540", "Торговля", "admin", PASSWORD),
    ],
)
def test_where_there_is_no_way_to_the_cluster_nothing_is_ended(server, cluster, caplog):
    assert server.infobase(cluster=cluster).terminate(40) is False
    assert len(server.state["sessions"]) == 1
    assert PASSWORD not in caplog.text


def test_bytes_that_were_changed_on_the_way_out_are_no_backup(base, monkeypatch):
    session = base.infobase().connect()
    found = session.create(DATA, Properties())
    ask = session._ask

    def tampered(call, args=None):
        answer = ask(call, args)
        if call == "read":
            next(base.handed.glob("*.cfe")).write_bytes(b"other")
        return answer

    monkeypatch.setattr(session, "_ask", tampered)
    for file in base.handed.iterdir():
        file.unlink()
    with pytest.raises(InfobaseError) as refused:
        session.read(found.uuid)
    assert refused.value.code == Code.BACKUP_FAILED
    assert list(base.handed.iterdir()) == []
    session.close()


def test_a_handed_over_file_is_closed_to_others(base):
    session = base.infobase().connect()
    session.issues(NAME, DATA)
    (file,) = base.handed.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    session.close()
    assert list(base.handed.iterdir()) == []


def test_half_a_file_on_a_full_disk_is_taken_away(base, monkeypatch):
    session = base.infobase().connect()
    opened = os.fdopen

    def full(handle, mode):
        opened(handle, mode).close()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", full)
        with pytest.raises(OSError, match="space"):
            session.issues(NAME, DATA)
    assert list(base.handed.iterdir()) == []
    assert session.issues(NAME, DATA) == []
    session.close()
