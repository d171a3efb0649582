import pytest

from agent.registry import CONNECTORS, V83, V85, Root, open_hive, read, regsvr32, unregister_user
from tests.simulators.hive import FakeHive

DLL, OLDER = r"C:\Program Files\1cv8\8.3.24.1\bin\comcntr.dll", r"D:\old\comcntr.dll"
NARROW = r"C:\Program Files (x86)\1cv8\8.3.24.1\bin\comcntr.dll"


@pytest.fixture
def hive():
    return FakeHive()


def effective(hive, bits=64, *, is_elevated=False):
    found = read(hive, V83).effective(bits, is_elevated=is_elevated)
    return found and (found.root, found.dll)


def test_where_nothing_is_registered_nothing_is_found(hive):
    assert all(read(hive, one).found == () for one in CONNECTORS)


def test_each_root_and_view_is_read_by_itself(hive):
    hive.register(V83, DLL)
    hive.register(V83, NARROW, bits=32)
    hive.register(V83, OLDER, Root.USER)
    found = {(one.root, one.bits): one.dll for one in read(hive, V83).found}
    assert found == {
        (Root.MACHINE, 64): DLL,
        (Root.MACHINE, 32): NARROW,
        (Root.USER, 64): OLDER,
    }
    assert read(hive, V85).found == ()


def test_the_registration_of_the_user_wins(hive):
    hive.register(V83, DLL)
    hive.register(V83, OLDER, Root.USER)
    assert effective(hive) == (Root.USER, OLDER)
    assert read(hive, V83).shadowed(64).dll == DLL


def test_with_rights_of_an_administrator_com_does_not_see_the_users_one(hive):
    hive.register(V83, OLDER, Root.USER)
    assert effective(hive, is_elevated=True) is None
    hive.register(V83, DLL)
    assert effective(hive, is_elevated=True) == (Root.MACHINE, DLL)


def test_the_same_registration_twice_shadows_nothing(hive):
    hive.register(V83, DLL)
    hive.register(V83, DLL.upper(), Root.USER)
    assert read(hive, V83).shadowed(64) is None


def test_the_other_width_does_not_help(hive):
    hive.register(V83, NARROW, bits=32)
    assert effective(hive) is None
    assert effective(hive, 32) == (Root.MACHINE, NARROW)


def test_a_com_plus_application_is_recognised(hive):
    hive.host(V83, "{AAAAAAAA-1111-2222-3333-BBBBBBBBBBBB}")
    (found,) = read(hive, V83).found
    assert found.is_com_plus
    assert found.app_id == "{AAAAAAAA-1111-2222-3333-BBBBBBBBBBBB}"


def test_facts_of_one_registration_are_complete_and_without_quotes(hive):
    hive.register(V83, f'"{DLL}"')
    (found,) = read(hive, V83).found
    assert (found.dll, found.threading_model, found.progid_clsid) == (DLL, "Both", V83.clsid)


def test_the_lines_that_mend_name_the_program_of_the_right_width():
    assert regsvr32(DLL, 64, for_machine=True) == rf'%SystemRoot%\System32\regsvr32.exe "{DLL}"'
    assert regsvr32(NARROW, 32, for_machine=False) == (
        rf'%SystemRoot%\SysWOW64\regsvr32.exe /n /i:user "{NARROW}"'
    )
    assert unregister_user(V83).endswith(rf'CLSID\{V83.clsid}" /f')


def test_elsewhere_there_is_no_registry():
    assert open_hive() is None
