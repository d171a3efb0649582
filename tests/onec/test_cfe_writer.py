"""The writer makes files that an independent reader understands alike."""

import json
import subprocess
import sys

import pytest

from onec.cfe import Origin, read_cfe
from onec.cfe_writer import NewObject
from tests.factories.cfe import ROOT_UUID, good_cfe, raw_entries

OBJECTS = [
    NewObject("CommonModule", "сп_Общий"),
    NewObject("Role", "сп_Основная"),
    NewObject("Role", "Администратор", Origin.ADOPTED),
]


@pytest.mark.parametrize("pad_entries", [0, 100], ids=["one block", "a chained table"])
def test_v8unpack_reads_what_we_write(tmp_path, pad_entries):
    file, folder = tmp_path / "extension.cfe", tmp_path / "unpacked"
    data = good_cfe(version="1.6.0+2021-08-03", objects=OBJECTS, pad_entries=pad_entries)
    file.write_bytes(data)
    command = [sys.executable, "-m", "v8unpack", "-E", file, folder, "--processes", "1"]
    subprocess.run(command, check=True, capture_output=True)

    cfe = read_cfe(data)
    theirs = json.loads((folder / "ConfigurationExtension.json").read_text("utf-8"))
    assert theirs["name"] == cfe.name
    assert theirs["name2"] == cfe.synonym
    assert theirs["file_uuid"] == cfe.root_uuid
    assert theirs["compatibility_version"] == "80314"
    assert (folder / "version.bin").read_text("utf-8").lstrip("\ufeff") == cfe.raw.version
    unpacked = {(path.parent.name, path.name) for path in folder.glob("*/*") if path.is_dir()}
    assert unpacked == {(each.kind, each.name) for each in cfe.objects}


def test_the_smallest_file_is_small():
    assert len(good_cfe()) < 3000


def test_the_same_extension_is_written_in_the_same_bytes():
    assert good_cfe(objects=OBJECTS) == good_cfe(objects=OBJECTS)


def test_entries_are_sorted_by_name():
    names = list(raw_entries(good_cfe(objects=OBJECTS, pad_entries=9)))
    assert names == sorted(names)
    assert ROOT_UUID in names


def test_releases_of_one_extension_share_the_root_unless_it_is_given():
    one, two = (good_cfe(version=version, root_uuid="") for version in ("1.0", "2.0"))
    assert read_cfe(one).root_uuid == read_cfe(two).root_uuid
    assert read_cfe(good_cfe(name="Другое", root_uuid="")).root_uuid != read_cfe(one).root_uuid
