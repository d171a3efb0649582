"""What 1C's own lists say: in every encoding, and whatever somebody made of the file."""

import random
import struct

import pytest

from agent import config
from agent.discovery import Folders, Listed, listed, parse_list, starter_values
from agent.pe import Machine, machine_of
from agent.platforms import installed
from onec.connection import ConnectionString

LIST = """[Бухгалтерия]
Connect=File="C:\\Базы\\Бух";
ID=0a4f7c2e-0000-4000-8000-000000000001
OrderInList=16384
Folder=/Рабочие
External=0
App=Auto
WA=1
Version=8.3.25.1286

[Рабочие]
ID=0a4f7c2e-0000-4000-8000-000000000002
Folder=/

[Зарплата]
Connect=Srvr="srv:1641";Ref="zup";
Folder=/
Version=8.3

[Через веб]
Connect=ws="http://srv/buh";

[Сломанная]
Connect=File="C:\\x
"""


@pytest.fixture
def folders(tmp_path):
    found = Folders(tmp_path / "user", tmp_path / "common", (tmp_path / "pf", tmp_path / "pf86"))
    for folder in (found.user, found.common, *found.programs):
        folder.mkdir()
    return found


def put(folders, text, encoding="utf-8-sig", name="ibases.v8i"):
    (folders.user / name).write_bytes(text.encode(encoding))


def names(folders):
    return [one.name for one in listed(folders)]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-8", "cp1251"])
def test_a_list_is_read_in_every_encoding_it_comes_in(folders, encoding, ends):
    put(folders, LIST.replace("\n", ends), encoding)
    first, second, web, broken = listed(folders)
    at = ConnectionString(file="C:\\Базы\\Бух")
    assert first == Listed("Бухгалтерия", at, "/Рабочие", "8.3.25.1286")
    assert second == Listed("Зарплата", ConnectionString(server="srv:1641", ref="zup"), "/", "8.3")
    assert (web.name, web.connection, "веб-сервере" in web.why.ru) == ("Через веб", None, True)
    assert (broken.connection, "не читается" in broken.why.ru) == (None, True)


def test_common_lists_come_after_the_own_one_and_no_place_twice(folders, tmp_path):
    put(folders, LIST)
    common = tmp_path / "общие.v8i"
    common.write_text('[Она же]\nConnect=File="c:\\базы\\бух\\";\n[Склад]\nConnect=File="D:\\s";\n')
    text = f"CommonInfoBases={common},{tmp_path / 'нет такого.v8i'}\r\nUseHwLicenses=1\r\n"
    (folders.common / "1CEStart.cfg").write_bytes(text.encode("utf-16"))
    assert names(folders) == ["Бухгалтерия", "Зарплата", "Через веб", "Сломанная", "Склад"]


def test_the_users_settings_come_before_everybodys(folders):
    for folder, text in ((folders.common, "B"), (folders.user, "A")):
        cfg = f"installedlocation={text}\nINSTALLEDLOCATION = \n"
        (folder / "1CEStart.cfg").write_bytes(cfg.encode("utf-16-le"))
    assert starter_values(folders, "InstalledLocation") == ["A", "B"]


def test_without_1c_there_is_nothing(tmp_path):
    for folders in (Folders(), Folders(tmp_path / "a", tmp_path / "b", (tmp_path / "c",))):
        assert (listed(folders), installed(folders)) == ([], [])


def test_a_folder_in_the_place_of_a_file_is_no_list(folders):
    (folders.user / "ibases.v8i").mkdir()
    assert listed(folders) == []


def test_a_list_that_is_too_long_is_none(folders):
    put(folders, LIST + "x" * 5_000_000)
    assert listed(folders) == []


def test_there_is_an_end_to_how_many_entries_are_taken(folders):
    put(folders, "".join(f'[{n}]\nConnect=File="C:\\{n}";\n' for n in range(6000)))
    assert len(listed(folders)) == 5000


def test_names_can_neither_break_lines_nor_steer_a_terminal(folders):
    put(folders, '[Злая\x1b[2J\u2028база\x85]\nConnect=File="C:\\z";\n')
    (one,) = listed(folders)
    assert one.name.isprintable()
    put(folders, f'[{"я" * 5000}]\nConnect=File="C:\\z";\n')
    assert len(names(folders)[0]) == 200


def test_a_connection_with_control_characters_is_refused(folders):
    put(folders, '[a]\nConnect=File="C:\\a\x07b";\n')
    assert listed(folders)[0].connection is None


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "[", "]", "[]", "=", "Connect=File=", "[a]\nConnect", "[a]\n[b]\n", "\x00" * 99],
)
def test_what_is_no_list_gives_nothing(text):
    assert list(parse_list(text)) == []


def test_mutated_files_are_read_without_a_crash(folders):
    random_ = random.Random(20261122)  # noqa: S311 - the same mutations each time
    for encoding in ("utf-8-sig", "utf-16"):
        good = LIST.encode(encoding)
        for _ in range(300):
            data = bytearray(good)
            for _ in range(random_.randint(1, 6)):
                data[random_.randrange(len(data))] = random_.randrange(256)
            (folders.user / "ibases.v8i").write_bytes(data[: random_.randint(0, len(data))])
            (folders.user / "1CEStart.cfg").write_bytes(data)
            for one in listed(folders):
                assert one.name.isprintable()
                assert (one.connection is None) == (one.why is not None)


def test_paths_that_cannot_be_are_passed_over(folders):
    cfg = "CommonInfoBases=\x00,a\x00b\nInstalledLocation=\x00\n"
    (folders.user / "1CEStart.cfg").write_bytes(cfg.encode("utf-16"))
    assert (listed(folders), installed(folders)) == ([], [])


# Platforms


def pe(machine):
    return (
        b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0" + struct.pack("<H", machine)
    )


def put_build(root, version, machine=0x8664, files=("comcntr.dll", "1cv8.exe")):
    folder = root / version / "bin"
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_bytes(pe(machine))
    return folder


def test_builds_are_ordered_as_numbers_newest_first(folders):
    pf, pf86 = folders.programs
    for version in ("8.3.9.2309", "8.3.25.1286", "8.3.25.1000"):
        put_build(pf / "1cv8", version)
    put_build(pf86 / "1cv8", "8.3.25.1286", 0x014C, ("comcntr.dll",))
    put_build(pf / "1cv8", "8.5.1.1", files=())
    (pf / "1cv8" / "common").mkdir()
    (pf / "1cv8" / "8.3.24.1" / "x").mkdir(parents=True)
    found = installed(folders)
    assert [(one.version, one.machine) for one in found] == [
        ("8.5.1.1", None), ("8.3.25.1286", Machine.X64), ("8.3.25.1286", Machine.X86),
        ("8.3.25.1000", Machine.X64), ("8.3.9.2309", Machine.X64),
    ]  # fmt: skip
    assert (found[0].connector, found[0].designer) == (None, None)


def test_a_build_in_a_place_of_its_own_is_found_once(folders, tmp_path):
    one = put_build(tmp_path / "d" / "1cv8", "8.3.24.1467")
    cfg = f"InstalledLocation={tmp_path / 'd' / '1cv8'}\nInstalledLocation={one.parent}\n"
    (folders.user / "1CEStart.cfg").write_bytes(cfg.encode("utf-16"))
    assert [found.folder for found in installed(folders)] == [one]


@pytest.mark.parametrize(
    ("data", "bits"),
    [
        (pe(0x8664), Machine.X64), (pe(0x014C), Machine.X86), (pe(0xAA64), Machine.ARM64),
        (pe(1), None),
        (b"", None), (b"MZ", None), (b"MZ".ljust(0x40, b"\xff"), None), (pe(0x8664)[:-1], None),
        (b"\x7fELF" + b"\0" * 99, None), (pe(0x8664).replace(b"PE", b"NE"), None),
    ],
)  # fmt: skip
def test_the_header_says_for_which_processor(tmp_path, data, bits):
    (tmp_path / "a.dll").write_bytes(data)
    assert machine_of(tmp_path / "a.dll") is bits


def test_what_is_not_there_has_no_processor(tmp_path):
    assert machine_of(tmp_path / "a.dll") is None


# The real places


def test_the_environment_says_where_1c_keeps_its_things(monkeypatch, tmp_path):
    for name in ("APPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMW6432"):
        monkeypatch.setenv(name, str(tmp_path / name[:12]))
    monkeypatch.delenv("PROGRAMFILES(X86)", raising=False)
    found = config.onec_folders()
    assert found.user == tmp_path / "APPDATA" / "1C" / "1CEStart"
    assert found.common == tmp_path / "PROGRAMDATA" / "1C" / "1CEStart"
    assert found.programs == (tmp_path / "PROGRAMFILES", tmp_path / "PROGRAMW6432")


def test_without_these_variables_there_are_no_places(monkeypatch):
    for name in ("APPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432"):
        monkeypatch.delenv(name, raising=False)
    assert config.onec_folders() == Folders()
