import pytest

from agent.access import ADMINISTRATORS, SYSTEM, Access, Entry, weaknesses, weaknesses_of_mode

ME, OTHER, USERS = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002", "S-1-5-32-545"
FULL, READ, APPEND = 0x1F01FF, 0x1200A9, 0x4
OURS = (Entry(SYSTEM, FULL), Entry(ADMINISTRATORS, FULL))


def found(owner=ADMINISTRATORS, entries=OURS, *, is_protected=True):
    return weaknesses(Access(owner, entries, is_protected), ME)


@pytest.mark.parametrize("owner", [ADMINISTRATORS, SYSTEM, ME])
def test_a_folder_of_ours_is_sound(owner):
    assert found(owner) == []


def test_a_folder_that_somebody_else_made_is_foreign():
    (weak,) = found(OTHER)
    assert weak.is_foreign
    assert OTHER in weak.text.ru


@pytest.mark.parametrize("mask", [FULL, APPEND, 0x2, 0x10000, 0x40000, 0x80000, 0x40000000])
def test_whoever_else_can_write_is_named(mask):
    (weak,) = found(entries=(*OURS, Entry(USERS, mask)))
    assert weak.is_serious
    assert USERS in weak.text.en


def test_reading_is_no_writing():
    assert found(entries=(*OURS, Entry(USERS, READ))) == []


def test_without_a_list_everybody_can_write():
    (weak,) = found(entries=None)
    assert "anybody" in weak.text.en


def test_inherited_rights_are_only_not_as_they_should_be():
    (weak,) = found(is_protected=False)
    assert not weak.is_serious


def test_the_creator_of_new_files_is_one_of_those_who_can_make_them():
    creator = "S-1-3-0"
    assert found(entries=(*OURS, Entry(creator, FULL, flags=0xB))) == []
    assert found(entries=(*OURS, Entry(creator, FULL, flags=0x3))) != []


@pytest.mark.parametrize(
    ("mode", "is_sound"), [(0o700, True), (0o755, True), (0o775, False), (0o702, False)]
)
def test_a_mode_that_lets_others_write_is_found(tmp_path, mode, is_sound):
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(mode)
    assert (weaknesses_of_mode(folder) == []) is is_sound


def test_the_folder_of_another_account_is_foreign(tmp_path, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: tmp_path.stat().st_uid + 1)
    (weak,) = weaknesses_of_mode(tmp_path)
    assert weak.is_foreign


def test_a_link_or_a_file_in_its_place_is_foreign(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert weaknesses_of_mode(tmp_path / "link")[0].is_foreign
