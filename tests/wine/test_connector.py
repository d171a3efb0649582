"""What the connector does through real COM, seen by pywin32 alone: the agent stands on it."""

import pytest

from tests.factories.cfe import good_cfe
from tests.waiting import PATIENCE
from tests.wine.windows import BOTH, windows_path

REFUSALS = {
    "method as property": "80020003",
    "property as method": "80020003",
    "unknown number": "80020003",
    "of another kind": "80020003",
    "too few": "8002000e",
    "too many": "8002000e",
    "wrong type": "80020005",
    "NULL": "80020005",
    "NULL in a filter": "80020005",
    "NULL to a flag": "80020005",
    "Неопределено": "00000000",
    "left out": "00000000",
    "read only": "80020009",
    "garbage": "80020009",
    "unknown type": "80020009",
}
NO_SESSION = "Неверные или отсутствующие параметры соединения с информационной базой"


@BOTH
def test_windows_is_of_its_locale(windows):
    said = windows.fact("console", "Отчёт № 5")
    russian = windows.locale.startswith("ru")
    assert (said["ansi"], said["oem"]) == ((1251, 866) if russian else (1252, 437))
    assert said["text"] == "Отчёт № 5"


@BOTH
def test_a_member_has_one_number_by_both_its_names(windows, infobase):
    found = windows.fact("names", infobase.path)
    assert set(found["numbers"].values()) == {1}
    assert set(found["unknown"].values()) == {"80020006"}
    assert found["types"] == 0


def test_a_wrong_call_is_told_apart_by_its_number(windows, infobase):
    told = windows.fact("calls", infobase.path)
    assert {what: refused["hresult"] for what, refused in told.items()} == REFUSALS
    assert told["garbage"]["text"] == "Неверный формат хранилища данных"
    assert told["read only"]["text"] == "Поле объекта недоступно для записи"
    shapes = {(r["code"], r["scode"], r["source"]) for r in told.values() if "text" in r}
    assert (1001, "00000000", "1C:Enterprise 8.3.23.1739") in shapes


def test_an_english_infobase_says_it_in_english(windows, new_infobase):
    told = windows.fact("calls", new_infobase(lang="en").path)
    assert told["garbage"]["text"] == "Invalid data storage format"


def test_no_session_begins_without_its_infobase(windows):
    *nowhere, server = windows.fact("strings", 'File="C:\\нет";', "", 'Ref="x";', 'Srvr="s";')
    for told in nowhere:
        assert told["text"] == NO_SESSION
        assert (told["code"], told["scode"]) == (0, "80004005")
        assert told["source"] == "V83.COMConnector.1"
    assert "Сервер 1С:Предприятия не обнаружен" in server["text"]


@BOTH
def test_the_password_may_hold_what_a_connection_string_is_made_of(windows, new_infobase):
    guarded = new_infobase("Моя база", user="Фёдор Ёлкин", password='a"b;c')
    right = 'usr="Фёдор Ёлкин";PWD="a""b;c";'
    wrong = ("", 'Usr="Фёдор Ёлкин";', 'Usr="Фёдор Ёлкин";Pwd="a""b";', 'Usr="Иван";')
    let_in, *refused = windows.fact("begins", guarded.path, right, *wrong)
    assert let_in["hresult"] == "00000000"
    for told in refused:
        assert told["text"].splitlines() == [
            "Идентификация пользователя не выполнена",
            "Неправильное имя или пароль пользователя",
        ]


def test_a_server_wants_its_own_version_and_everybody_a_licence(windows, new_infobase):
    [told] = windows.fact("begins", new_infobase(server=1, app_version="8.3.24.1").path)
    assert "Различаются версии клиента и сервера" in told["text"]
    [told] = windows.fact("begins", new_infobase(licences=0).path)
    assert told["text"] == "Не обнаружено свободной лицензии!"


def test_a_lock_lets_in_who_has_its_code(windows, infobase):
    plain, wrong, right, after = windows.fact("locks", infobase.path, "AB12")
    for refused in (plain, wrong):
        assert refused["text"] == "Начало сеанса с информационной базой запрещено. Обновление"
    assert right == after == {"hresult": "00000000"}


@pytest.mark.parametrize("size", [0, 5_000_000])
def test_bytes_come_back_as_they_were(windows, infobase, size):
    assert windows.fact("carries", infobase.path, size) == {
        "size": size,
        "same": True,
        "lines": size > 0,
    }


def test_thousands_of_calls_are_one_session(windows, infobase):
    assert windows.fact("many", infobase.path, 5_000) == {"different": 1}
    assert len(infobase.calls()) == 5_000


@BOTH
def test_what_was_just_written_is_stale_until_it_is_read_again(windows, infobase, tmp_path):
    data = good_cfe(version="2.4.0")
    sha1, file = infobase.knows(data), tmp_path / "Складской помощник.cfe"
    file.write_bytes(data)
    found = windows.fact("installs", infobase.path, windows_path(file))
    assert found["stale"]["name"] == "Расширение"
    assert found["stale"]["version"] == ""
    assert found["stale"]["hash"] == "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
    again = found["again"]
    assert (again["name"], again["version"]) == ("СкладскойПомощник", "2.4.0")
    assert (again["purpose"], again["safe"]) == ("Адаптация", False)
    assert found["in this session"] == 0
    assert found["in the next"] == [again["hash"]]
    assert found["changes structure"] is False
    assert infobase.stored == [data]
    assert infobase.properties()["warn"] == "0"
    assert len(bytes.fromhex(sha1)) == 20


def test_safe_mode_may_be_the_name_of_a_profile(windows, infobase, tmp_path):
    data, file = good_cfe(), tmp_path / "a.cfe"
    infobase.knows(data)
    file.write_bytes(data)
    found = windows.fact("installs", infobase.path, windows_path(file), "Профиль")
    assert found["again"]["safe"] == "Профиль"


def test_settings_are_kept_for_a_user(windows, infobase):
    assert windows.fact("settings", infobase.path) == [None, "номер", None]
    assert infobase.read("settings.txt") == "Podkluch\tPodkluch\tInfobaseId\tномер\n"


def test_a_lost_connection_stays_lost(windows, infobase):
    infobase.faults("Connection.InfoBaseSessionNumber before lost")
    assert [each["hresult"] for each in windows.fact("lost", infobase.path)] == ["80010108"] * 2


def test_a_crash_in_the_library_ends_the_process(windows, infobase):
    infobase.faults("Connection.InfoBaseSessionNumber before crash")
    with windows.popen(["-X", "utf8", "-m", "facts", "crashes", infobase.path]) as dead:
        assert dead.communicate(timeout=PATIENCE)[0] == ""
    assert dead.returncode not in {0, 1}
