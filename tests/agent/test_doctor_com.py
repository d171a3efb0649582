from pathlib import Path

import pytest

from agent.checks import Verdict, worst
from agent.codes import Exit
from agent.doctor_com import Computer, of_com
from agent.pe import Machine as Processor
from agent.platforms import Platform
from agent.registry import V83, V85, Root
from tests.simulators.hive import FakeHive, program_file

X86, X64 = 0x014C, 0x8664


class Machine:
    """A computer with 1C on it, as far as the doctor looks."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.hive = FakeHive()
        self.platforms = []
        self.is_elevated = True
        self.comhost32 = None

    def install(self, version, machine=X64, file_version=None):
        """A build of the platform; the DLL's own version may be another one."""
        bin_folder = self.folder / version / "bin"
        bin_folder.mkdir(parents=True)
        dll = bin_folder / "comcntr.dll"
        dll.write_bytes(program_file(file_version or version, machine))
        bits = Processor.X64 if machine == X64 else Processor.X86
        self.platforms.insert(0, Platform(version, bin_folder, bits, dll, None))
        return dll

    def found(self):
        computer = Computer(self.hive, self.platforms, self.is_elevated, self.comhost32)
        return list(of_com(computer))

    def amiss(self):
        return {one.id: one for one in self.found() if one.verdict is not Verdict.OK}


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_elsewhere_than_on_windows_it_says_so():
    (check,) = of_com(None)
    assert check.verdict is Verdict.NOT_HERE
    assert check.text.en.endswith("only on Windows")


def test_one_registered_build_is_sound(machine):
    dll = machine.install("8.3.25.1286")
    machine.hive.register(V83, dll)
    assert machine.amiss() == {}
    (seen,) = (one for one in machine.found() if one.id == "com.dll")
    assert seen.facts["version"] == "8.3.25.1286"


def test_without_a_platform_it_is_said_what_to_install(machine):
    amiss = machine.amiss()
    assert amiss["com.platforms"].verdict is Verdict.WARN
    assert amiss["com.not_registered"].exit is Exit.CONNECTOR
    assert amiss["com.not_registered"].facts["code"] == "COM_NOT_REGISTERED"
    assert "Внешнее соединение" in amiss["com.not_registered"].fix.ru


def test_an_installed_but_unregistered_connector_gets_its_exact_line(machine):
    dll = machine.install("8.3.25.1286")
    fix = machine.amiss()["com.not_registered"].fix.ru
    assert fix == rf'Выполните: %SystemRoot%\System32\regsvr32.exe "{dll}"'


def test_without_rights_the_line_registers_for_the_user(machine):
    machine.is_elevated = False
    machine.install("8.3.25.1286")
    assert "/n /i:user" in machine.amiss()["com.not_registered"].fix.en


def test_a_registration_of_32_bits_alone_does_not_serve_64(machine):
    machine.hive.register(V83, machine.install("8.3.24.1", X86), bits=32)
    found = machine.amiss()["com.bitness"]
    assert "32" in found.text.ru
    assert found.facts["code"] == "COM_BITNESS"
    assert found.exit is Exit.CONNECTOR


def test_it_serves_where_the_narrow_worker_is_installed(machine):
    machine.hive.register(V83, machine.install("8.3.24.1", X86), bits=32)
    machine.comhost32 = machine.folder / "comhost32.exe"
    assert machine.amiss() == {}


def test_the_users_registration_that_shadows_the_machines_is_shown(machine):
    machine.is_elevated = False
    machine.hive.register(V83, machine.install("8.3.25.1286"))
    machine.hive.register(V83, machine.install("8.3.24.1"), Root.USER)
    found = machine.amiss()["com.shadowed"]
    assert "8.3.24.1" in found.facts["own"]
    assert found.fix.en.startswith('Run: reg delete "HKCU')


def test_a_registration_for_the_user_alone_is_not_seen_by_an_administrator(machine):
    machine.hive.register(V83, machine.install("8.3.25.1286"), Root.USER)
    amiss = machine.amiss()
    assert set(amiss) == {"com.user_only", "com.not_registered"}
    assert "/i:user" not in amiss["com.user_only"].fix.ru


def test_a_file_that_is_gone_gets_the_line_of_one_that_is_there(machine):
    dll = machine.install("8.3.25.1286")
    machine.hive.register(V83, machine.folder / "8.3.20.1" / "bin" / "comcntr.dll")
    found = machine.amiss()["com.dll"]
    assert found.exit is Exit.CONNECTOR
    assert found.facts["code"] == "COM_DLL_MISSING"
    assert str(dll) in found.fix.ru


def test_a_file_of_the_other_width_is_named(machine):
    machine.hive.register(V83, machine.install("8.3.24.1", X86))
    assert "x86" in machine.amiss()["com.dll"].text.en


def test_a_file_that_is_no_program_is_named(machine):
    dll = machine.install("8.3.25.1286")
    dll.write_bytes(b"not a program")
    machine.hive.register(V83, dll)
    assert "cannot be read" in machine.amiss()["com.dll"].text.en


def test_a_file_from_another_build_than_its_folder_is_noticed(machine):
    machine.hive.register(V83, machine.install("8.3.25.1286", file_version="8.3.20.1"))
    assert "8.3.20.1" in machine.amiss()["com.version"].text.ru


def test_a_newer_build_beside_the_registered_one_gets_its_line(machine):
    machine.hive.register(V83, machine.install("8.3.24.1"))
    newer = machine.install("8.3.25.1286")
    found = machine.amiss()["com.version"]
    assert found.verdict is Verdict.WARN
    assert str(newer) in found.fix.ru


@pytest.mark.parametrize(("word", "is_on"), [("true", True), ("TRUE", True), ("false", False)])
def test_debugging_of_connections_is_noticed(machine, word, is_on):
    dll = machine.install("8.3.25.1286")
    machine.hive.register(V83, dll)
    (dll.parent / "conf").mkdir()
    (dll.parent / "conf" / "comcntrcfg.xml").write_text(
        f'<config>\n  <debugconfig debug="{word}" debuggerURL="tcp://localhost:1560"/>\n</config>'
    )
    assert ("com.debug" in machine.amiss()) is is_on


def test_a_com_plus_application_comes_with_its_hints(machine):
    machine.hive.host(V83, "{AAAAAAAA-1111-2222-3333-BBBBBBBBBBBB}")
    found = machine.amiss()["com.plus"]
    assert "135" in found.fix.ru
    assert "{AAAAAAAA" in found.text.en


def test_the_second_connector_is_looked_at_where_it_is_registered(machine):
    dll = machine.install("8.5.1.1000")
    machine.hive.register(V83, dll)
    machine.hive.register(V85, dll.with_name("gone.dll"))
    assert machine.amiss()["com.dll"].facts["progid"] == "V85.COMConnector"


def test_the_worst_finding_decides(machine):
    machine.hive.register(V83, machine.folder / "gone.dll")
    assert worst(machine.found()) is Exit.CONNECTOR
