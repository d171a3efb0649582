from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.pe import BadProgramFileError, ProgramFile, read_program_file
from tests.simulators.hive import program_file


@pytest.fixture
def read(tmp_path):
    def read(data):
        path = tmp_path / "comcntr.dll"
        path.write_bytes(data)
        return read_program_file(path)

    return read


@pytest.mark.parametrize(
    ("machine", "name", "bits"),
    [(0x014C, "x86", 32), (0x8664, "x64", 64), (0xAA64, "arm64", 64), (0x0200, "0x0200", 0)],
)
def test_it_tells_machine_and_version(read, machine, name, bits):
    found = read(program_file("8.3.23.1739", machine))
    assert found == ProgramFile(name, "8.3.23.1739")
    assert found.bits == bits


def test_a_build_number_may_fill_all_its_bits(read):
    assert read(program_file("8.5.1.65535")).version == "8.5.1.65535"


def test_a_file_without_resources_has_no_version(read):
    assert read(program_file(version=None)).version is None


@pytest.mark.parametrize("data", [b"", b"MZ", b"ELF" * 100, b"MZ".ljust(200, b"\0")])
def test_what_is_no_program_is_refused(read, data):
    with pytest.raises(BadProgramFileError):
        read(data)


def test_each_cut_is_noticed_or_harmless(read):
    whole = program_file()
    for size in range(0, len(whole), 7):
        with suppress(BadProgramFileError):
            assert read(whole[:size]).version in {None, "8.3.23.1739"}


@given(at=st.integers(0, 0x460), byte=st.integers(0, 255))
def test_no_damage_leads_to_anything_but_a_refusal(tmp_path_factory, at, byte):
    data = bytearray(program_file())
    data[at] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.dll"
    path.write_bytes(data)
    with suppress(BadProgramFileError):
        read_program_file(path)
