"""How the demo speaks: numbered lines for people, or a JSON object per step for programs."""

import json
import sys
import textwrap

from app.demo.processes import UnexpectedError

_WIDTH, _INDENT = 62, " " * 5


class Narrator:
    """Tells of one step after the other."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._number = 0

    def begin(self) -> None:
        """What is going to be seen."""
        self._people(
            "Подключ: весь путь от вендора до установленного расширения.\n"
            "Сервер, команды и агент — настоящие процессы, база 1С — имитация в папке.\n"
            "The main job, end to end: real processes, a simulated 1C infobase.\n"
        )

    def done(self, name: str, title: str, detail: str, seconds: float) -> None:
        """A step that went as it should."""
        self._step(name, "✔", title, detail, seconds)

    def failed(self, name: str, title: str, error: Exception, seconds: float, log: str) -> None:
        """The step that ends the demo, with the last lines of the logs on stderr."""
        self._step(name, "✘", title, _reason(error), seconds)
        if log:
            sys.stderr.write(f"{log}\n")

    def interrupted(self, seconds: float) -> None:
        """Somebody did not want to see the rest."""
        self._step("interrupted", "✘", "Прервано", "Остальные шаги не выполнялись", seconds)

    def end(self, seconds: float) -> None:
        """All of it worked, and nothing is left of it."""
        self._people(
            f"\nГотово: шагов {self._number}, {_spoken(seconds)}. "
            "Все процессы завершены, временная папка удалена."
        )

    def _step(self, name: str, mark: str, title: str, detail: str, seconds: float) -> None:
        self._number += 1
        if self._as_json:
            step = {"step": name, "ok": mark == "✔", "detail": detail}
            _write(json.dumps(step, ensure_ascii=False))
            return
        _write(f"{self._number:2} {mark} {title:<{_WIDTH}} {_spoken(seconds):>7}")
        _write(textwrap.indent(detail, _INDENT))

    def _people(self, text: str) -> None:
        if not self._as_json:
            _write(text)


def _reason(error: Exception) -> str:
    if isinstance(error, UnexpectedError):
        return f"Ожидалось: {error.expected}\nПолучено: {error.got}"
    return f"Ожидалось: шаг выполнится\nПолучено: {type(error).__name__}: {error}"


def _spoken(seconds: float) -> str:
    return f"{seconds:.1f} с".replace(".", ",")


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
