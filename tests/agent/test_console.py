import io
import json
import sys

import pytest

from agent.codes import Exit
from agent.console import Console, Manner, Result, speak_utf8
from tests.simulators.bench import Terminal


def at_a_terminal(monkeypatch, typed="") -> Terminal:
    """Make the screen and the keyboard those of a person."""
    monkeypatch.setenv("TERM", "xterm")
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())
    monkeypatch.setattr(sys, "stdin", Terminal(f"{typed}\n"))
    return sys.stdout


def shown(console):
    with console.progress("DOWNLOADED", 1000) as show:
        for done in range(0, 1001, 10):
            show(done)


def test_the_bar_is_for_a_terminal(monkeypatch):
    screen = at_a_terminal(monkeypatch)
    shown(Console(Manner()))
    assert "1.0/1.0 kB" in screen.getvalue()


def test_no_bar_where_nobody_looks(capsys):
    shown(Console(Manner()))
    assert capsys.readouterr().out == ""


def test_programs_hear_of_progress_in_tenths(capsys):
    shown(Console(Manner(json=True)))
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["data"]["done"] for event in events] == list(range(0, 1001, 100))
    assert {event["state"] for event in events} == {"DOWNLOADED"}


def test_a_silent_1c_is_seen_before_the_first_step_and_makes_room_for_what_is_said(monkeypatch):
    screen = at_a_terminal(monkeypatch)
    console = Console(Manner())
    console.waiting("connected", 5.0)
    assert "ответа пока нет, прошло 0:05" in screen.getvalue()
    console.table(["База"], [["УТ"]])
    console.waiting("facts", 61.0)
    console.result(Result(text="Готово"))
    _, first, second = screen.getvalue().split("ответа пока нет, прошло ")
    assert first.index("\x1b[2K") < first.index("База")
    assert second.startswith("1:01")
    assert second.index("\x1b[2K") < second.index("Готово")


@pytest.mark.parametrize("manner", [Manner(quiet=True), Manner(json=True)])
def test_signs_of_life_are_for_who_looks(monkeypatch, manner):
    screen = at_a_terminal(monkeypatch)
    Console(manner).waiting("connected", 5.0)
    assert "ответа" not in screen.getvalue()


def test_colour_is_only_where_it_is_wanted(monkeypatch):
    screen = at_a_terminal(monkeypatch)
    Console(Manner(color=False)).result(Result(text="Готово"))
    assert "\x1b[3" not in screen.getvalue()
    Console(Manner()).result(Result(text="Готово"))
    assert "\x1b[3" in screen.getvalue()


def test_square_brackets_are_no_markup(capsys):
    console = Console(Manner())
    console.line("[bold]релиз[/bold] [/]")
    console.table(["[a]"], [["[red]x"]])
    assert "[bold]релиз[/bold] [/]" in capsys.readouterr().out


def test_quiet_says_the_result_only(capsys):
    console = Console(Manner(quiet=True))
    console.step("PROBED", "шаг", "step")
    console.line("строка")
    console.table(["a"], [["b"]])
    console.result(Result(text="Готово", post_install_steps=["Опубликуйте"]))
    out = capsys.readouterr().out
    assert out == "Готово\nЧто сделать теперь:\n  1. Опубликуйте\n"


def test_an_error_goes_to_stderr_and_into_the_json(capsys):
    Console(Manner(json=True)).result(Result(exit=Exit.FAILED, code="X", text="Плохо"))
    said = capsys.readouterr()
    assert said.err == "Плохо\n"
    assert json.loads(said.out)["text"] == "Плохо"


def test_what_others_wrote_cannot_steer_the_terminal(capsys):
    console = Console(Manner())
    console.line("a\x1b[2Jb\x9b1mc\x07\td\ne")
    console.table(["x"], [["\x1b]0;title\x07y"]])
    out = capsys.readouterr().out
    assert "a[2Jb1mc" in out
    assert "]0;titley" in out
    assert {symbol for symbol in out if not symbol.isprintable()} == {"\n"}


def test_secrets_never_reach_the_screen(capsys):
    console = Console(Manner())
    console.say("токен {t}", "token {t}", t="pki_secret")
    console.result(Result(text="pki_secret"))
    assert "secret" not in capsys.readouterr().out


def test_nobody_is_asked_where_nobody_can_answer(capsys):
    console = Console(Manner())
    assert console.is_interactive is False
    assert console.ask("eula", "Принимаете?") is False
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("typed", "answer"), [("да", True), ("ДА ", True), ("y", True), ("нет", False), ("", False)]
)
def test_a_person_answers_in_words(monkeypatch, typed, answer):
    at_a_terminal(monkeypatch, typed)
    console = Console(Manner())
    assert console.is_interactive
    assert console.ask("eula", "Принимаете?") is answer


def test_a_console_of_another_code_page_shows_what_it_can():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp866")
    speak_utf8(stream)
    print("Готово ✔ \ud800", file=stream, flush=True)
    assert raw.getvalue().decode("utf-8") == "Готово ✔ ?\n"
