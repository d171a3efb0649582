"""docs/agent-evening.md is what `python -m tests.evening` records."""

import re

import pytest

from app.demo import interrupts
from tests.evening import FILE, SCENES, recorded, shown

TEXT = FILE.read_text("utf-8")


def test_every_scene_is_recorded_in_its_order():
    assert re.findall(r"^## (.+)$", TEXT, re.MULTILINE) == [scene.title for scene in SCENES]
    commands = [" ".join(("podkluch-agent", *scene.arguments)) for scene in SCENES]
    assert re.findall(r"^> (.+)$", TEXT, re.MULTILINE) == commands


@pytest.mark.parametrize(
    "words",
    [
        "Проверок:",
        "Что нового:",
        "ответа пока нет, прошло",
        "Прежняя версия восстановлена",
        "возвращено как было",
        "[код завершения 34]",
        "[код завершения 3010]",
    ],
)
def test_it_shows_what_it_was_recorded_for(words):
    assert words in TEXT


@pytest.mark.parametrize(
    "trace", ["127.0.0.1", "tmp/", "home/", "root/", "Traceback", "\x1b", "pki_", "pkd_"]
)
def test_nothing_of_the_computer_is_in_it(trace):
    assert trace not in TEXT
    assert not re.search(r"\b[A-Z]{4}(?:-[0-9A-Z]{5}){4}\b", TEXT)


def test_a_line_that_was_rewritten_is_shown_as_it_was_left():
    raw = (
        "• Запись\r\n\r\x1b[2K… ответа пока нет, прошло 0:05\r\x1b[2K… ответа пока нет, прошло 0:06"
    )
    raw += "\r\x1b[2K\x1b[1mготово\x1b[0m\r\n10 %\r90 %\r\n"
    assert list(shown(raw)) == ["• Запись", "… ответа пока нет, прошло 0:06", "готово", "90 %", ""]


@pytest.mark.long
def test_the_evening_can_be_played_again(monkeypatch):
    """By a real server and a real agent; steps and ends are those of the recording."""
    # a demonstration is the last thing its process does; this one goes on, and hears signals
    monkeypatch.setattr(interrupts, "over", lambda: None)
    assert told("".join(recorded())) == told(TEXT)


def told(text):
    """What does not change from evening to evening: commands, steps, how each ended."""
    return re.findall(r"^(?:## .+|> .+|• .+|\[код .+|Ошибка: .+)$", text, re.MULTILINE)
