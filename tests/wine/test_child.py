"""The agent's child process over real COM: what it does, and how its end is told."""

import time
from contextlib import suppress

import pytest

from agent.codes import Code
from agent.com.protocol import line
from agent.com.timeouts import Timeouts
from agent.errors import InfobaseError
from agent.infobase import NOT_STORED, Presence, Properties
from tests.factories.cfe import good_cfe
from tests.wine.children import COMMAND, child, handed, opening_of
from tests.wine.windows import BOTH, CONNECTOR, NEWER_CONNECTOR
from wire.extensions import Purpose

NAME = "СкладскойПомощник"
UUID = "0f2d9c1e-7a4b-4f0e-8f53-1c6f0b7a9d21"


@pytest.fixture
def files(infobase, tmp_path):
    """Two versions that the infobase takes for extensions."""

    def make(version, *, structure=False):
        path = tmp_path / f"Складской {version}.cfe"
        path.write_bytes(good_cfe(version=version))
        infobase.knows(path.read_bytes(), structure=structure)
        return path

    return make


def refusal(windows, opening, timeouts=None):
    """What keeps a session from beginning."""
    with pytest.raises(InfobaseError) as raised, child(windows, opening, timeouts):
        pass
    return raised.value


@BOTH
def test_it_tells_what_the_infobase_is(windows, new_infobase):
    infobase = new_infobase("Бухгалтерия ООО Василёк", bsp=1, rights="Администрирование")
    with child(windows, opening_of(infobase)) as asked:
        facts = asked.ask("facts").facts
    assert (facts.configuration, facts.configuration_version) == (
        "БухгалтерияПредприятия",
        "3.0.150.34",
    )
    assert facts.platform_version == "8.3.25.1286"
    assert facts.compatibility_mode == "Версия8_3_21"
    assert (facts.may_administer, facts.may_administer_extensions) == (True, False)
    assert facts.has_bsp
    assert facts.session_number == 1


@BOTH
def test_it_installs_updates_and_removes(windows, infobase, files, tmp_path):
    first, second, copy = files("2.3.0"), files("2.4.0"), tmp_path / "copy.cfe"
    wanted = {"safe_mode": False, "unsafe_operation_warnings": False, "use_default_roles": False}
    with child(windows, opening_of(infobase)) as asked:
        assert asked.ask("issues", name=NAME, file=handed(first)).issues == []
        stale = asked.create(first, **wanted)
        [one] = asked.found(NAME)
        assert (stale.uuid, stale.version, stale.hash_sum) == (one.uuid, "", NOT_STORED)
        assert (one.version, one.purpose) == ("2.3.0", Purpose.CUSTOMIZATION)
        assert one.properties == Properties(**wanted)
        new = {"file": handed(second), "properties": one.properties}
        asked.ask("replace", uuid=one.uuid, **new)
        [two] = asked.found(NAME)
        assert (two.uuid, two.version) == (one.uuid, "2.4.0")
        assert asked.ask("presence", extension=two).text == Presence.ABSENT.value
        copied = asked.ask("read", uuid=two.uuid, file=handed_out(copy)).file
        assert copy.read_bytes() == second.read_bytes() == infobase.stored[0]
        assert copied.sha256 == handed(second).sha256
    with child(windows, opening_of(infobase)) as asked:
        assert asked.ask("presence", extension=two).text == Presence.APPLIED.value
        asked.ask("delete", uuid=two.uuid)
        assert asked.found(NAME) == []
    assert infobase.stored == []


def handed_out(path):
    """A file that the child shall write."""
    path.touch()
    return handed(path)


def test_an_old_platform_and_a_profile_are_understood(windows, new_infobase):
    infobase = new_infobase(app_version="8.3.14.1779", lang="en")
    infobase.holds(UUID, good_cfe(), safe="Профиль", active=0)
    with child(windows, opening_of(infobase)) as asked:
        [one] = asked.found(NAME)
    assert one.uuid == UUID
    assert (one.properties.safe_mode, one.properties.security_profile) == (True, "Профиль")
    assert (one.properties.active, one.properties.use_default_roles) == (False, False)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"user": "Иван", "password": "1"}, Code.AUTH_FAILED),
        ({"licences": 0}, Code.NO_LICENSE),
        ({"server": 1, "app_version": "8.3.24.1"}, Code.COM_VERSION),
    ],
)
def test_why_no_session_begins_has_a_code(windows, new_infobase, settings, code):
    assert refusal(windows, opening_of(new_infobase(**settings))).code == code


def test_the_other_version_is_loaded_by_its_path(windows, new_infobase):
    infobase = new_infobase(server=1, app_version="8.3.24.1")
    with child(windows, opening_of(infobase, NEWER_CONNECTOR)) as asked:
        assert asked.ask("facts").facts.platform_version == "8.3.24.1"
    assert refusal(windows, opening_of(infobase, CONNECTOR)).code == Code.COM_VERSION


@pytest.mark.usefixtures("unregistered")
def test_nothing_registered_is_said_and_the_path_still_leads(windows, infobase):
    refused = refusal(windows, opening_of(infobase))
    assert refused.code == Code.COM_NOT_REGISTERED, refused.source
    with child(windows, opening_of(infobase, CONNECTOR)) as asked:
        assert asked.ask("facts").facts.configuration == "БухгалтерияПредприятия"


def test_a_dll_that_is_not_there_is_said(windows, infobase):
    gone = opening_of(infobase, r"C:\gone\comcntr.dll")
    assert refusal(windows, gone).code == Code.COM_DLL_MISSING


def test_a_dll_of_other_bits_is_said(windows, infobase):
    other = windows.drive / "other" / "comcntr.dll"
    other.parent.mkdir(exist_ok=True)
    dll = bytearray(connector_file(windows).read_bytes())
    header = int.from_bytes(dll[0x3C:0x40], "little")
    dll[header + 4 : header + 6] = (0x14C).to_bytes(2, "little")  # IMAGE_FILE_MACHINE_I386
    other.write_bytes(dll)
    assert refusal(windows, opening_of(infobase, r"C:\other\comcntr.dll")).code == Code.COM_BITNESS


@pytest.mark.usefixtures("unregistered")
def test_a_connector_for_programs_of_other_bits_only_is_said(windows, infobase):
    narrow = r"HKLM\Software\Classes\Wow6432Node\CLSID\{181E893D-73A4-4722-B61D-D604B3D67D47}"
    windows.run(["reg", "add", narrow + r"\InprocServer32", "/ve", "/d", CONNECTOR, "/f"])
    refused = refusal(windows, opening_of(infobase))
    windows.run(["reg", "delete", narrow, "/f"])
    assert refused.code == Code.COM_BITNESS, refused.source


def connector_file(windows):
    return windows.drive.joinpath(*CONNECTOR.split("\\")[1:])


def test_others_in_the_infobase_are_named_before_a_change_of_structure(windows, infobase, files):
    file = files("2.4.0", structure=True)
    infobase.write("sessions.txt", "КАССА-1\t7\t22.11.2026 09:10:11\t1CV8C\tКассир")
    with child(windows, opening_of(infobase)) as asked:
        [other] = asked.ask("others").sessions
        assert (other.computer, other.user, other.number) == ("КАССА-1", "Кассир", 7)
        with pytest.raises(InfobaseError) as raised:
            asked.create(file)
    assert raised.value.code == Code.EXCLUSIVE_LOCK
    assert "КАССА-1" in str(raised.value.params["sessions"])
    assert infobase.stored == []


def test_a_lock_is_set_with_its_code_and_taken_away(windows, infobase):
    with child(windows, opening_of(infobase)) as asked:
        asked.ask("lock", text="Обновление расширений", code="AB12CD34EF56GH78")
    assert refusal(windows, opening_of(infobase)).code == Code.SESSIONS_DENIED
    with child(windows, opening_of(infobase, more='UC="AB12CD34EF56GH78";')) as asked:
        asked.ask("unlock", code="AB12CD34EF56GH78")
    with child(windows, opening_of(infobase)):
        pass


def test_a_hung_connection_is_ended_in_its_time(windows, infobase):
    infobase.faults("Connector.Connect before hang 600")
    error = refusal(windows, opening_of(infobase), Timeouts(connect=3))
    assert error.code == Code.HANG


def test_a_crash_in_the_dll_is_a_lost_connection(windows, infobase, files):
    file = files("2.4.0")
    infobase.faults("Extension.Write before crash")
    with child(windows, opening_of(infobase)) as asked, pytest.raises(InfobaseError) as raised:
        asked.create(file)
    assert raised.value.code == Code.CONNECTION_LOST
    assert infobase.stored == []


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_a_connection_lost_in_a_write_says_nothing_of_what_became_of_it(
    windows, infobase, files, when, stored
):
    file = files("2.4.0")
    infobase.faults(f"Extension.Write {when} lost 800706ba")
    with child(windows, opening_of(infobase)) as asked, pytest.raises(InfobaseError) as raised:
        asked.create(file)
    assert raised.value.code in {Code.CONNECTION_LOST, Code.RPC_UNAVAILABLE}
    assert len(infobase.stored) == stored


def test_it_leaves_when_its_parent_is_gone_even_within_a_call(windows, infobase):
    infobase.faults("Connector.Connect before hang 600")
    with windows.popen(COMMAND[2:]) as alone:
        alone.stdout.readline()
        alone.stdin.write(line(opening_of(infobase)).decode())
        alone.stdin.flush()
        alone.stdout.readline()
        while "connect" not in infobase.read("calls.log"):
            time.sleep(0.01)
        with suppress(OSError):
            alone.stdin.close()
        alone.wait(30)
    assert alone.returncode == 3
