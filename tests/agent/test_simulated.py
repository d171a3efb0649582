"""The port to the simulated 1C, in the process of the test and by a child as in real life."""

from contextlib import closing
from dataclasses import replace

import pytest

from agent.com.link import ChildLink
from agent.com.remote import Ways
from agent.com.timeouts import Timeouts
from agent.errors import InfobaseError
from agent.infobase import NOT_STORED, Presence, Properties
from agent.simulated.place import opened, target_of
from onec.connection import ConnectionString
from tests.factories.cfe import good_cfe
from tests.simulators.onec import NAME, SOMEBODY, OneC
from wire.extensions import InfobaseKind, Purpose

CLUSTER = {"server": "srv", "ref": "buh",
           "administrator": {"user": "root", "password": "r00t"}}  # fmt: skip


class Place:
    """The simulated 1C of a test and what the agent sees of it."""

    def __init__(self, folder, **ways):
        for part in ("base", "handover"):
            (folder / part).mkdir()
        self.onec = OneC(folder / "base")
        self.ways = Ways(folder / "handover", **ways)
        self.sessions = []

    @property
    def infobase(self):
        return opened(target_of(self.onec.folder), self.ways)

    def connect(self, *access_code):
        """A session that ends with the test at the latest."""
        self.sessions.append(self.infobase.connect(*access_code))
        return self.sessions[-1]

    def close(self):
        for session in self.sessions:
            session.close()


@pytest.fixture
def place(tmp_path):
    with closing(Place(tmp_path)) as made:
        yield made


@pytest.fixture
def distant(tmp_path):
    """The same behind a child process that has two seconds for a write."""
    with closing(Place(tmp_path, link=ChildLink, timeouts=Timeouts(write=2.0))) as made:
        yield made


def code_of(call, *arguments):
    with pytest.raises(InfobaseError) as failed:
        call(*arguments)
    return failed.value.code


def test_the_smallest_file_is_an_infobase(place):
    facts = place.connect().facts()
    assert (facts.kind, facts.configuration) == (InfobaseKind.FILE, "БухгалтерияПредприятия")
    assert (facts.platform_version, facts.compatibility_mode) == ("8.3.25.1286", "НеИспользовать")
    assert facts.may_administer_extensions
    assert not facts.has_bsp


def test_a_new_object_is_a_placeholder_until_it_is_fetched_again(place):
    session = place.connect()
    made = session.create(good_cfe(), Properties())
    assert (made.name, made.version, made.hash_sum) == ("Расширение", "", NOT_STORED)
    (fetched,) = session.extensions(NAME)
    assert fetched.uuid == made.uuid
    assert (fetched.version, fetched.purpose) == ("2.4.0", Purpose.CUSTOMIZATION)
    assert fetched.hash_sum != NOT_STORED


@pytest.mark.parametrize(
    "properties",
    [
        Properties(),
        Properties(active=False, safe_mode=False, unsafe_operation_warnings=False),
        Properties(security_profile="Профиль", use_default_roles=False),
        Properties(used_in_distributed_infobase=True),
    ],
)
def test_properties_come_back_as_they_were_set(place, properties):
    session = place.connect()
    made = session.create(good_cfe(), properties)
    assert [one.properties for one in session.extensions()] == [properties]
    other = replace(properties, active=not properties.active)
    session.set_properties(made.uuid, other)
    assert [one.properties for one in session.extensions()] == [other]


def test_it_gives_back_the_bytes_it_took(place):
    session = place.connect()
    session.create(good_cfe(), Properties())
    (old,) = session.extensions()
    session.replace(old.uuid, good_cfe(version="2.5.0"), Properties())
    assert session.read(old.uuid) == good_cfe(version="2.5.0")
    session.delete(old.uuid)
    assert session.extensions() == []


def test_a_session_runs_with_what_there_was_when_it_began(place):
    session = place.connect()
    made = session.create(good_cfe(), Properties())
    (extension,) = session.extensions()
    assert session.presence(extension) is Presence.ABSENT
    assert place.connect().presence(extension) is Presence.APPLIED
    session.set_properties(made.uuid, Properties(active=False))
    assert place.connect().presence(extension) is Presence.DISABLED


def test_a_server_infobase_is_reached_by_its_own_name(place):
    place.onec.write(kind="server", cluster=CLUSTER, sessions=[SOMEBODY])
    session = place.connect()
    assert session.facts().kind is InfobaseKind.SERVER
    assert [one.number for one in session.others()] == [3]
    assert place.infobase.terminate(3)
    assert session.others() == []


def test_a_file_infobase_has_no_way_to_end_a_session(place):
    place.onec.write(sessions=[SOMEBODY])
    assert not place.infobase.terminate(3)
    assert place.onec.state["sessions"] == [SOMEBODY]


def test_its_account_is_used_unless_another_is_given(place):
    place.onec.write(account={"user": "Админ", "password": "тайна"})
    assert place.connect().facts()
    given = target_of(place.onec.folder)
    wrong = replace(given, connection=ConnectionString(file="/x", user="Админ", password="?"))
    assert code_of(opened(wrong, place.ways).connect) == "AUTH_FAILED"


@pytest.mark.parametrize("has_bsp", [False, True])
def test_a_lock_lets_in_who_knows_the_code(place, has_bsp):
    place.onec.write(has_bsp=has_bsp)
    session = place.connect()
    session.lock("Идёт обновление", "C0DE")
    assert session.session_lock().message == "Идёт обновление"
    assert code_of(place.connect) == "SESSIONS_DENIED"
    place.connect("C0DE").unlock("C0DE")
    assert not place.connect().session_lock().is_set


def test_the_library_is_refreshed_where_it_is_there(place):
    assert place.connect().refresh_parameters() is False
    place.onec.write(has_bsp=True)
    assert place.connect().refresh_parameters() is True
    assert place.onec.state["refreshes"] == 1


def test_its_id_outlives_the_session(place):
    assert place.connect().keep_infobase_id("i-1")
    assert place.connect().infobase_id() == "i-1"


@pytest.mark.parametrize(("refused", "kept"), [(["Podkluch"], True), (["*"], False)])
def test_who_may_not_keep_an_id_for_all_keeps_it_for_oneself(place, refused, kept):
    place.onec.write(settings_refused=refused, account={"user": "Админ"})
    session = place.connect()
    assert session.keep_infobase_id("i-1") is kept
    assert session.infobase_id() == ("i-1" if kept else None)
    assert place.onec.state["infobase_id"] is None


def test_an_event_is_left_in_the_log_of_1c(place):
    place.connect().log_event("Установлено")
    assert [one["comment"] for one in place.onec.state["events"]] == ["Установлено"]


def test_a_closed_session_is_over(place):
    session = place.connect()
    session.close()
    session.close()
    assert code_of(session.extensions) == "CONNECTION_LOST"


def test_a_lost_connection_stays_lost(place):
    session = place.connect()
    made = session.create(good_cfe(), Properties())
    place.onec.write(faults={"read": ["lost_before"]})
    assert code_of(session.read, made.uuid) == "CONNECTION_LOST"
    assert code_of(session.facts) == "CONNECTION_LOST"
    assert place.connect().facts()


@pytest.mark.parametrize(("word", "left"), [("crash before", []), ("crash after", ["2.4.0"])])
def test_a_child_that_crashes_leaves_what_a_real_infobase_would_keep(distant, word, left):
    session = distant.connect()
    distant.onec.write(faults={"Записать": [word]})
    assert code_of(session.create, good_cfe(), Properties()) == "CONNECTION_LOST"
    assert code_of(session.facts) == "CONNECTION_LOST"
    assert [one.version for one in distant.connect().extensions()] == left


def test_a_child_that_hangs_is_ended_in_time(distant):
    session = distant.connect()
    distant.onec.write(faults={"Записать": ["hang 600"]})
    assert code_of(session.create, good_cfe(), Properties()) == "CONNECTION_LOST"
    assert distant.connect().extensions() == []


def test_a_killed_child_may_leave_its_session_which_the_cluster_ends(distant):
    distant.onec.write(kind="server", cluster=CLUSTER, leftover_sessions=True)
    session = distant.connect()
    number = session.facts().session_number
    distant.onec.write(faults={"Записать": ["crash before"]})
    assert code_of(session.create, good_cfe(), Properties()) == "CONNECTION_LOST"
    other = distant.connect()
    assert [one.number for one in other.others()] == [number]
    assert distant.infobase.terminate(number)
    assert other.others() == []
