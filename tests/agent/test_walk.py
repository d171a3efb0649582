"""The walk at a real terminal: the program is started as a person starts it, read and typed at."""

import json

import pytest

from tests.simulators.doorstep import AGREE, GO_ON, KEY_IS, WHAT, WHERE, Doorstep
from tests.simulators.exchange import EULA_TEXT, KEY, Release, raw, sha
from tests.simulators.keyboard import CTRL_C
from wire.trust import root_fingerprint

pytestmark = pytest.mark.alike  # each starts the program


@pytest.fixture
def doorstep(tmp_path, server):
    return Doorstep(tmp_path, server)


def fingerprint(server):
    return root_fingerprint(json.loads(server.repository.files["1.root.json"]))


def test_the_whole_walk_from_a_connection_file(doorstep, server):
    server.releases = [Release(install={"post_install_steps": ["Опубликуйте HTTP-сервисы"]})]
    doorstep.put_file()
    with doorstep.start() as keys:
        keys.sees("Ромашка.podkluch").sees("ООО «Ромашка»").sees(fingerprint(server))
        keys.answers((KEY_IS, KEY)).sees("БухгалтерияПредприятия 3.0.150.34")
        keys.sees("1. Складской помощник 2.4.0: установить").sees("Печать ценников")
        keys.answers((WHAT, "1")).sees("сейчас не установлено").sees(EULA_TEXT)
        keys.answers((AGREE, "да"), (GO_ON, "да"))
        keys.sees("Запись расширения").sees("установлена версия 2.4.0")
        keys.sees("Что сделать теперь").sees("1. Опубликуйте HTTP-сервисы")
        assert keys.ends() == 0
    assert [name for name, _, _ in doorstep.extensions()] == ["СкладскойПомощник"]
    assert server.reports[0]["outcome"] == "done"


def test_a_second_start_goes_straight_to_the_list(doorstep):
    with doorstep.come_to_the_list() as keys:
        assert keys.types("").ends() == 0
    with doorstep.start() as keys:
        keys.answers((WHAT, ""))
        assert keys.ends() == 0
        for question in (WHERE, KEY_IS):
            assert question not in keys.flat


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("нет такого.podkluch", "нет: наберите путь"),
        ("", "нет: наберите путь"),
        ("http://lic.example.ru", "Ключ нельзя передавать открыто"),
        ("https://", "Адрес сервера должен выглядеть"),
        ("http://127.0.0.1:9", "Сервер недоступен"),
    ],
)
def test_a_wrong_address_is_asked_for_again_with_the_reason(doorstep, server, typed, reason):
    with doorstep.start("--timeout", "3") as keys:
        keys.answers((WHERE, typed)).sees(reason).answers((WHERE, server.url)).sees(KEY_IS)


def test_something_else_than_our_server_is_no_server(doorstep, server):
    server.before("GET information", raw(200, b"<html>"))
    with doorstep.start() as keys:
        keys.answers((WHERE, server.url)).sees("отвечает не сервер").sees(WHERE)


def test_an_address_is_enough_where_the_fingerprint_is_compared(doorstep, server):
    with doorstep.start() as keys:
        keys.answers((WHERE, server.url), (KEY_IS, KEY)).sees(fingerprint(server))
        keys.answers(("Совпадает?", "да"), (WHAT, ""))
        assert keys.ends() == 0
    assert len(doorstep.pins()) == 1
    with doorstep.start() as keys:
        keys.answers((WHAT, ""))
        assert "Совпадает?" not in keys.flat


def test_another_fingerprint_ends_the_walk(doorstep, server):
    with doorstep.start() as keys:
        keys.answers((WHERE, server.url), (KEY_IS, KEY), ("Совпадает?", "нет"))
        keys.sees("Отпечаток не подтверждён")
        assert keys.ends() == 14
    assert doorstep.pins() == []


def test_the_compared_fingerprint_may_be_a_flag(doorstep, server):
    given = ("--server", server.url, "--root-fingerprint", fingerprint(server))
    with doorstep.start(*given) as keys:
        keys.answers((KEY_IS, KEY), (WHAT, ""))
        assert keys.ends() == 0


def test_a_slip_in_the_key_is_found_before_any_request(doorstep, server):
    doorstep.put_file()
    with doorstep.start() as keys:
        keys.answers((KEY_IS, f"{KEY[:-1]}0")).sees("Ключ введён с ошибкой").sees(KEY_IS)
    assert {route for route, _, _ in server.requests} == {"GET information"}


def test_a_key_that_the_server_refuses_is_asked_for_again(doorstep, server):
    server.check_code = "KEY_BLOCKED"
    doorstep.put_file()
    with doorstep.start() as keys:
        keys.answers((KEY_IS, KEY)).sees("Ответ KEY_BLOCKED").sees(KEY_IS)
        server.check_code = "ACTIVE"
        keys.types(KEY).sees(WHAT)


def test_a_damaged_connection_file_is_named_and_another_asked_for(doorstep, server):
    doorstep.put_file("плохой.podkluch", b"{}")
    with doorstep.start() as keys:
        keys.sees("не файл подключения").answers((WHERE, server.url)).sees(KEY_IS)


def test_of_several_files_a_person_chooses(doorstep):
    for name in ("а.podkluch", "б.podkluch"):
        doorstep.put_file(name)
    with doorstep.start() as keys:
        keys.sees("а.podkluch").sees("б.podkluch").answers((WHERE, '"б.podkluch"')).sees(KEY_IS)


def test_the_file_of_another_vendor_is_noticed_later(doorstep, server):
    with doorstep.come_to_the_list() as keys:
        keys.types("").ends()
    content = json.loads(server.repository.connection(server.url))
    other = {**content, "repository": "A" * 22, "vendor": {"id": "v", "name": "ООО «Лютик»"}}
    doorstep.put_file(content=json.dumps(other).encode())
    with doorstep.start() as keys:
        keys.sees("вендор ООО «Лютик»").answers(("Перейти на него?", "да")).sees("закреплён")


# What to install


def test_what_does_not_fit_comes_on_demand_with_its_reason(doorstep, server):
    old = Release("2.3.0", verdict="incompatible", code="VERSION_TOO_LOW", available=False)
    old.reason = "Нужна версия от 3.0.151"
    server.releases = [Release(), old]
    with doorstep.come_to_the_list() as keys:
        assert old.reason not in keys.flat
        keys.types("ещё").sees("2.3.0: Нужна версия от 3.0.151").sees(WHAT)
        keys.types("2").sees("Наберите номер от 1 до 1").answers((WHAT, "1")).sees(AGREE)


def test_where_nothing_fits_the_walk_says_why_and_exits_13(doorstep, server):
    server.known_configurations = set()
    doorstep.put_file()
    with doorstep.start() as keys:
        keys.answers((KEY_IS, KEY)).sees("Конфигурация не поддерживается")
        keys.answers((WHAT, "1")).sees("Такого ответа нет").answers((WHAT, "ещё"), (WHAT, ""))
        assert keys.ends() == 13


def test_a_release_that_nobody_tested_can_be_taken_after_a_question(doorstep, server):
    server.releases = [Release(verdict="untested", code="VERSION_NOT_TESTED")]
    with doorstep.come_to_the_list() as keys:
        keys.types("ещё").answers((WHAT, "1"), (AGREE, "да"), ("Всё равно установить?", "да"))
        keys.answers((GO_ON, "да"))
        assert keys.ends() == 0
    assert len(doorstep.extensions()) == 1


def test_key_and_vendor_can_be_changed_at_the_list(doorstep, server):
    with doorstep.come_to_the_list() as keys:
        keys.types("ключ").answers((KEY_IS, KEY), (WHAT, "вендор"))
        keys.answers((WHERE, server.url), (WHAT, "")).ends()


def test_a_long_agreement_comes_in_pages(doorstep, monkeypatch):
    lines = [f"Пункт {number}" for number in range(1, 61)]
    text = "\n".join(lines)
    for place in ("licence_server.EULA_TEXT", "licence_answers.EULA_TEXT"):
        monkeypatch.setattr(f"tests.simulators.{place}", text)
    with doorstep.come_to_the_list() as keys:
        keys.types("1").sees("Пункт 22").sees("Enter: дальше")
        assert "Пункт 23" not in keys.flat
        keys.types("").sees("Пункт 44").sees("Enter: дальше").types("все").sees("Пункт 60")
        keys.answers((AGREE, "может быть")).sees("Ответьте «да» или «нет»")
        keys.answers((AGREE, "нет")).sees("Без вашего согласия ничего не сделано")
        assert keys.ends() == 14
    assert doorstep.extensions() == []


def test_every_answer_may_be_given_beforehand(doorstep, server):
    given = (
        "--connection",
        doorstep.put_file(content=server.repository.connection(server.url, KEY)),
    )
    given += ("--accept-eula", sha(EULA_TEXT), "--yes")
    with doorstep.start(*given) as keys:
        keys.answers((WHAT, "1"))
        assert keys.ends() == 0
        for question in (WHERE, KEY_IS, AGREE, GO_ON):
            assert question not in keys.flat
    assert len(doorstep.extensions()) == 1


# Ctrl+C

QUESTIONS = {WHERE: "{url}", KEY_IS: KEY, "Совпадает?": "да", WHAT: "1", AGREE: "да", GO_ON: "да"}


@pytest.mark.parametrize("last", QUESTIONS)
def test_ctrl_c_at_a_question_changes_nothing_and_says_so(doorstep, server, last):
    with doorstep.start() as keys:
        for question, answer in QUESTIONS.items():
            keys.sees(question)
            if question == last:
                break
            keys.types(answer.format(url=server.url))
        keys.presses(CTRL_C).sees("В базе ничего не изменено")
        assert keys.ends() == 34
        assert "Traceback" not in keys.flat
    assert doorstep.extensions() == []
    assert server.count("POST activations") == 0


HARMLESS = (
    "AUTHORIZED", "DOWNLOADED", "FILE_VERIFIED", "CONNECTED", "PROBED", "PRECHECKED", "BACKED_UP",
)  # fmt: skip
FINAL = ("WRITING", "WRITTEN", "REREAD_OK", "VERIFIED_NEW_SESSION")


@pytest.mark.parametrize("state", HARMLESS)
def test_ctrl_c_before_the_write_ends_the_operation(doorstep, server, state):
    with doorstep.still_at(state, harmless=True) as keys:
        keys.sees("Операция была прервана").sees("В базе ничего не изменилось")
        assert keys.ends() == 34
        assert "Traceback" not in keys.flat
    assert doorstep.extensions() == []
    assert [(one["outcome"], one["code"]) for one in server.reports] == [("failed", "INTERRUPTED")]
    with doorstep.start() as keys:  # nothing is left to recover
        keys.answers((WHAT, "1"), *[(AGREE, "да")] * (state == "AUTHORIZED"), (GO_ON, "да"))
        assert keys.ends() == 0
        assert "прерванная операция" not in keys.flat


@pytest.mark.parametrize("state", FINAL)
def test_ctrl_c_from_the_write_on_is_answered_and_the_work_is_finished(doorstep, server, state):
    with doorstep.still_at(state, harmless=False) as keys:
        keys.sees("прерывать её нельзя").sees("установлена версия 2.4.0")
        assert keys.ends() == 0
    assert len(doorstep.extensions()) == 1
    assert server.reports[0]["outcome"] == "done"
