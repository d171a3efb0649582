"""What a terminal shows: widths, code pages, colours, signs of life, passwords, closed windows."""

import json
import re

import pytest

from agent.pages import pages
from tests.simulators.doorstep import AGREE, GO_ON, KEY_IS, WHAT, Doorstep
from tests.simulators.exchange import KEY, Release
from tests.simulators.keyboard import CTRL_C

pytestmark = pytest.mark.alike  # each starts the program

WHICH, USER, PASSWORD = "Номер базы, папка или строка соединения:", "Пользователь 1С", "Пароль"
COLOUR = re.compile(r"\x1b\[[0-9;]*[1-9][0-9;]*m")
BARE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
IMPATIENT = "import agent.pulse; agent.pulse.SILENT_SECONDS = 0.05"
DOUBLE_CLICKED = "import agent.windows; agent.windows.is_double_clicked = lambda: True"


@pytest.fixture
def doorstep(tmp_path, server):
    return Doorstep(tmp_path, server)


@pytest.mark.parametrize("columns", [40, 80])
def test_no_line_is_broken_within_a_word(doorstep, columns):
    with doorstep.come_to_the_list(columns=columns) as keys:
        keys.types("1").sees(AGREE).answers(("(да/нет)", "нет")).ends()
        lines = keys.text.splitlines()
    typed = ("SHA-256", KEY)  # a digest is longer than 40; the terminal itself wraps what is typed
    assert [
        line for line in lines if len(line) > columns and not any(t in line for t in typed)
    ] == []
    words = " ".join(lines).split()
    for word in ("БухгалтерияПредприятия", "подходит", "расширения", "доверия"):
        assert word in words


@pytest.mark.parametrize("encoding", ["cp866", "cp1251", "ascii"])
def test_another_code_page_neither_stops_nor_garbles_it(doorstep, encoding):
    with doorstep.come_to_the_list(PYTHONIOENCODING=encoding) as keys:
        keys.types("ещё").answers((WHAT, "1"), (AGREE, "да"), (GO_ON, "да"))
        keys.sees("Складской помощник: установлена версия 2.4.0")
        assert keys.ends() == 0


@pytest.mark.parametrize(
    ("arguments", "environment", "is_coloured"),
    [((), {}, True), (("--no-color",), {}, False), ((), {"NO_COLOR": "1"}, False)],
)
def test_colour_is_left_out_where_nobody_wants_it(doorstep, arguments, environment, is_coloured):
    doorstep.put_file()
    with doorstep.start(*arguments, **environment) as keys:
        keys.answers((KEY_IS, KEY), (WHAT, "")).ends()
        assert bool(COLOUR.search(keys.raw)) is is_coloured


def test_english_is_spoken_where_it_is_asked_for(doorstep):
    doorstep.put_file()
    with doorstep.start("--lang", "en") as keys:
        keys.answers(("Licence key (the vendor sends it):", KEY), ("What to install?", "1"))
        keys.answers(("Do you accept", "yes"), ("Install? (yes/no)", "yes")).sees("is installed")
        assert keys.ends() == 0


def test_a_silent_step_shows_signs_of_life(doorstep):
    with doorstep.still_at("CONNECTED", harmless=True, press="", also=IMPATIENT) as keys:
        keys.sees("ответа пока нет, прошло 0:0").presses(CTRL_C).sees("ничего не изменилось")
        keys.ends()


def test_the_download_is_shown_as_it_comes(doorstep):
    with doorstep.come_to_the_list() as keys:
        keys.types("1").answers((AGREE, "да"), (GO_ON, "да")).sees("Скачивание").sees("2.5/2.5 kB")
        assert keys.ends() == 0


def test_a_window_of_its_own_stays_until_it_was_read(doorstep):
    with doorstep.come_to_the_list(prelude=DOUBLE_CLICKED) as keys:
        keys.types("").answers(("Нажмите Enter", ""))
        assert keys.ends() == 0


def test_ctrl_c_where_enter_is_awaited_closes_the_window_too(doorstep):
    with doorstep.come_to_the_list(prelude=DOUBLE_CLICKED) as keys:
        keys.presses(CTRL_C).sees("В базе ничего не изменено").sees("Нажмите Enter")
        keys.presses(CTRL_C)
        assert keys.ends() == 34
        assert "Traceback" not in keys.text


def test_options_before_a_command_are_refused(doorstep):
    with doorstep.start("list") as keys:
        keys.sees("параметры пишутся после команды")
        assert keys.ends() == 2


# Infobases


def test_an_infobase_is_chosen_among_those_of_the_computer(doorstep):
    doorstep.add_base("Торговля")
    doorstep.put_file()
    with doorstep.start("--simulated", doorstep.base.parent, base=False) as keys:
        keys.answers((KEY_IS, KEY)).sees("1. Бухгалтерия").sees("2. Торговля")
        keys.answers((WHICH, "3")).sees("Нет такой базы в списке")
        keys.answers((WHICH, "торг"), (USER, "")).sees("База: Торговля")
        keys.answers((WHAT, "1"), (AGREE, "да"), (GO_ON, "да"))
        assert keys.ends() == 0
    assert len(doorstep.extensions(doorstep.base.parent / "Торговля")) == 1
    with doorstep.start(base=False) as keys:  # it is the only one known, so nobody asks
        keys.sees("База: Торговля").answers((WHAT, "база"), (WHICH, "1"), (WHAT, ""))
        assert keys.ends() == 0


def test_a_wrong_password_is_asked_for_again_and_never_seen(doorstep):
    doorstep.add_base("Торговля", faults={"connect": ["AUTH_FAILED", None]})
    doorstep.put_file()
    with doorstep.start("--simulated", doorstep.base.parent, base=False) as keys:
        keys.answers((KEY_IS, KEY), (WHICH, "2"), (USER, "Админ"), (PASSWORD, "не тот пароль"))
        keys.sees("Неверное имя пользователя или пароль 1С")
        keys.answers((USER, "Админ"), (PASSWORD, "тот самый"), (WHAT, ""))
        assert keys.ends() == 0
        for secret in ("не тот пароль", "тот самый"):
            assert secret not in keys.text
    kept = (path for path in doorstep.home.rglob("*") if path.is_file())
    holders = [path.name for path in kept if "тот самый".encode() in path.read_bytes()]
    secrets = json.loads((doorstep.home / "vault.json").read_text("utf-8"))
    assert "тот самый" in json.dumps(secrets, ensure_ascii=False)
    assert holders in ([], ["vault.json"])


def test_a_changed_password_of_a_known_infobase_is_asked_for_at_the_start(doorstep):
    doorstep.put_file()
    with doorstep.start("--simulated", doorstep.base.parent, base=False) as keys:
        keys.answers((KEY_IS, KEY), (WHICH, "1"), (USER, ""), (WHAT, "")).ends()
    state = json.loads((doorstep.base / "infobase.json").read_text("utf-8"))
    state["faults"] = {"connect": ["AUTH_FAILED", None, None]}
    (doorstep.base / "infobase.json").write_text(json.dumps(state), "utf-8")
    with doorstep.start(base=False) as keys:
        keys.sees("Неверное имя пользователя").answers((USER, "Админ"), (PASSWORD, "новый пароль"))
        keys.answers((WHAT, "")).ends()
    with doorstep.start(base=False) as keys:
        keys.answers((WHAT, "база")).sees("1. Бухгалтерия").presses(CTRL_C).ends()
        assert "2. Бухгалтерия" not in keys.flat


def test_arrow_keys_and_tabs_in_an_answer_break_nothing(doorstep):
    doorstep.put_file()
    with doorstep.start("--simulated", doorstep.base.parent, base=False) as keys:
        keys.answers((KEY_IS, f"\t{KEY}\t"), (WHICH, "\t1"), (USER, "\x1b[D\tАдмин"))
        keys.answers((PASSWORD, "\x1b[Dпароль"), (WHAT, "\x1b[A")).sees("Наберите номер").sees(WHAT)


def test_infobases_of_1c_s_own_list_are_found(doorstep, tmp_path):
    lists = tmp_path / "AppData" / "1C" / "1CEStart"
    lists.mkdir(parents=True)
    text = (
        '[Бух на сервере]\r\nConnect=Srvr="main";Ref="buh";\r\n[Веб]\r\nConnect=ws="http://x";\r\n'
    )
    (lists / "ibases.v8i").write_text(text, "utf-8-sig")
    doorstep.put_file()
    with doorstep.start(base=False, APPDATA=str(tmp_path / "AppData")) as keys:
        keys.answers((KEY_IS, KEY)).sees("Веб: опубликована на веб-сервере")
        keys.sees('1. Бух на сервере Srvr="main";Ref="buh";')
        keys.answers((WHICH, ""), (WHICH, "1"), (USER, "")).sees("!").sees(WHICH)


# Pages


def test_pages_count_lines_as_the_screen_wraps_them(monkeypatch):
    monkeypatch.setenv("COLUMNS", "10")
    monkeypatch.setenv("LINES", "6")
    assert pages("а\nб") == ["а\nб"]
    assert pages("я" * 25 + "\nа\nб\nв") == ["я" * 25 + "\nа", "б\nв"]
    assert pages("") == [""]
    assert pages("я" * 100) == ["я" * 100]


def test_notes_about_a_migration_come_before_any_consent(doorstep, server):
    server.releases = [Release(install={"migration_notes": "Сначала выгрузите идентификаторы"})]
    with doorstep.come_to_the_list() as keys:
        keys.types("1").sees("! Сначала выгрузите идентификаторы").sees(AGREE)
