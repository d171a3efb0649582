"""What the agent says: lines for people, one JSON object per line for programs."""

import json
import os
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from shutil import get_terminal_size
from textwrap import wrap
from typing import IO, TextIO

from rich.console import Console as RichConsole
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from agent.clock import utc_now
from agent.codes import Exit, Lang
from agent.errors import AgentError, fill, spoken
from agent.logs import mask
from agent.pages import pages
from agent.pulse import Pulse, clock
from wire.problems import Sentence
from wire.reports import Outcome

NOTHING_DONE = Sentence("Ничего не изменено.", "Nothing was changed.")
_NOW_DO = Sentence("Что сделать теперь:", "What to do now:")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_YES = frozenset({"да", "д", "yes", "y"})
_NO = frozenset({"нет", "н", "no", "n", ""})
_WHAT = Sentence("Ответьте «да» или «нет»", "Answer yes or no")
_MORE = Sentence("— Enter: дальше, «все»: до конца —", "— Enter: next page, all: to the end —")
_ALL = frozenset({"все", "всё", "all"})
_WAITING = Sentence(
    "  … ответа пока нет, прошло {t}; не закрывайте окно",
    "  … no answer yet, {t} so far; leave the window open",
)
_TOOK = Sentence("  … {t}", "  … {t}")


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended; the last thing it says."""

    exit: Exit = Exit.DONE
    outcome: Outcome = Outcome.DONE
    code: str | None = None
    text: str = ""
    changed: bool = False
    post_install_steps: list[str] = field(default_factory=list)
    data: dict[str, object] = field(default_factory=dict)


def failed(error: AgentError, lang: Lang, data: dict[str, object] | None = None) -> Result:
    """The result of a command that an error, or nothing to do, ended before it changed anything."""
    return Result(
        exit=error.exit,
        outcome=Outcome.NOOP if error.exit is Exit.DONE else Outcome.FAILED,
        code=error.code,
        text=error.diagnostics(lang),
        data={**error.facts(), **(data or {})},
    )


@dataclass(frozen=True, slots=True)
class Manner:
    """How to speak."""

    lang: Lang = "ru"
    json: bool = False
    quiet: bool = False
    color: bool = True


class _Screen(RichConsole):
    """Text for people; what others wrote can neither colour nor steer the terminal."""

    def __init__(self, stream: TextIO, manner: Manner) -> None:
        no_color = None if manner.color else True  # None: NO_COLOR of the environment decides
        super().__init__(file=stream, no_color=no_color, highlight=False, soft_wrap=True)

    def show(self, text: str, style: str = "") -> None:
        """Print a text as it stands."""
        self.print(Text(printable(text), style=style), soft_wrap=not self.is_terminal)

    def on_broken_pipe(self) -> None:
        """Go on without the reader: an operation must not end half done for that."""
        _write_into_nothing(self.file)


class Console:
    """One run of the program as people and programs see it."""

    def __init__(self, manner: Manner) -> None:
        self.lang = manner.lang
        self._json, self._quiet = manner.json, manner.quiet
        self._out = _Screen(sys.stdout, manner)
        self._err = _Screen(sys.stderr, manner)
        self._run = str(uuid.uuid4())
        self._seq = 0
        self.infobase: str | None = None
        self.extension: str | None = None
        self.state: str | None = None  # that is being worked on
        self.noted: list[tuple[str, str]] = []  # code and text of what was warned of
        self.is_interactive = not manner.json and sys.stdin.isatty() and sys.stdout.isatty()
        is_watched = self._out.is_terminal and not manner.json and not manner.quiet
        self._pulse = Pulse(self._out.file, self._waiting) if is_watched else None

    def say(self, ru: str, en: str, **params: object) -> None:
        """A line for people only."""
        self._line(fill(Sentence(ru, en), self.lang, **params))

    def line(self, text: str) -> None:
        """A line for people only, as it stands."""
        self._line(text)

    def step(self, state: str, ru: str, en: str, **params: object) -> None:
        """A state that is being worked on."""
        text = fill(Sentence(ru, en), self.lang, **params)
        self.state = state
        self._rest()
        self._event("step", state=state, text=text)
        self._line(f"• {text}")
        if self._pulse:
            self._pulse.begin()

    def waiting(self, call: str, seconds: float) -> None:
        """1C has not answered this call of the port for so long, and works on it still."""
        self._event("progress", state=self.state, data={"call": call, "seconds": int(seconds)})
        if self._pulse:
            self._pulse.alive(seconds)

    def warn(self, code: str, text: str, **data: object) -> None:
        """Something a person should know that stops nothing."""
        self.noted.append((code, text))
        self._event("warn", code=code, text=text, data=data)
        if not self._json:
            self._show(self._err, f"! {text}", "yellow")

    def drift(self, text: str, **data: object) -> None:
        """An extension is not as we left it."""
        self.noted.append(("DRIFT", text))
        self._event("drift", text=text, data=data)
        self._line(f"! {text}", style="yellow")

    def ask(self, kind: str, text: str, data: dict[str, object] | None = None) -> bool:
        """Put a question; where nobody can answer, the answer is no."""
        self._event("question", code=kind, text=text, data=data)
        if not self.is_interactive:
            return False
        choice = "(да/нет)" if self.lang == "ru" else "(yes/no)"
        try:
            while (answer := self.prompt(f"{text} {choice}").strip().casefold()) not in _YES:
                if answer in _NO:
                    return False
                self._show(self._err, f"! {spoken(_WHAT, self.lang)}", "yellow")
        except EOFError:
            return False
        return True

    def prompt(self, text: str) -> str:
        """The line that a person types; EOFError where there is no more."""
        self._rest()
        *above, last = wrap(printable(text), get_terminal_size().columns - 1) or [""]
        for line in above:
            self._show(self._out, line, "")
        # not by input(): Ctrl+C between its prompt and its read is heard after the next key only
        self._out.file.write(f"{last} ")
        self._out.file.flush()
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return typed(line)

    def pages(self, text: str) -> None:
        """A long text, one screen after the other where somebody reads it."""
        if not self.is_interactive:
            self.line(text)
            return
        first, *others = pages(printable(text))
        self.line(first)
        for number, page in enumerate(others, 1):
            if self.prompt(spoken(_MORE, self.lang)).strip().casefold() in _ALL:
                self.line("\n".join(others[number - 1 :]))
                return
            self.line(page)

    def table(self, columns: list[str], rows: list[list[str]]) -> None:
        """Rows for people."""
        if self._json or self._quiet:
            return
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        with self._pulse.aside() if self._pulse else nullcontext():
            self._out.print(table)

    @contextmanager
    def progress(self, state: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show how many bytes of `total` are there: a bar for people, tenths for programs."""
        if self._pulse is None:
            yield self._tenths(state, total)
            return
        self._pulse.end()
        columns = (TextColumn(" "), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        bar = Progress(*columns, TimeElapsedColumn(), console=self._out)
        task = bar.add_task("", total=total)

        def show(done: int) -> None:
            bar.start()  # not before: a file that is here already needs no bar
            bar.update(task, completed=done)

        try:
            yield show
        finally:
            bar.stop()

    def result(self, result: Result) -> None:
        """The last word."""
        self._rest()
        self._event(
            "result",
            code=result.code,
            text=result.text,
            data=result.data,
            outcome=result.outcome.value,
            changed=result.changed,
            exit_code=int(result.exit),
            post_install_steps=result.post_install_steps,
        )
        is_bad = result.exit not in {Exit.DONE, Exit.RESTART}
        if is_bad:
            self._err.show(result.text, "red")
        elif not self._json:
            self._out.show(result.text, "green")
            self._next_steps(result.post_install_steps)

    def _next_steps(self, steps: list[str]) -> None:
        """What a person must do now; the very last thing on the screen."""
        if steps:
            self._out.show(spoken(_NOW_DO, self.lang), "bold")
        for number, step in enumerate(steps, 1):
            self._out.show(f"  {number}. {step}")

    def _tenths(self, state: str, total: int) -> Callable[[int], None]:
        shown = -1

        def show(done: int) -> None:
            nonlocal shown
            tenth = done * 10 // total if total else 10
            if tenth != shown:
                shown = tenth
                self._event("progress", state=state, data={"done": done, "total": total})

        return show

    def _line(self, text: str, style: str = "") -> None:
        if not self._json and not self._quiet:
            self._show(self._out, text, style)

    def _show(self, screen: _Screen, text: str, style: str) -> None:
        with self._pulse.aside() if self._pulse else nullcontext():
            screen.show(text, style)

    def _rest(self) -> None:
        """Nothing is being waited for; say how long it took, if that was long."""
        took = self._pulse.end() if self._pulse else None
        if took is not None and took >= 1:
            self._line(fill(_TOOK, self.lang, t=clock(took)))

    def _waiting(self, elapsed: str) -> str:
        return fill(_WAITING, self.lang, t=elapsed)

    def _event(
        self,
        ev: str,
        *,
        state: str | None = None,
        code: str | None = None,
        text: str = "",
        data: dict[str, object] | None = None,
        **more: object,
    ) -> None:
        if not self._json:
            return
        self._seq += 1
        event = {
            "v": 1,
            "ts": utc_now(),
            "run": self._run,
            "seq": self._seq,
            "ev": ev,
            "infobase": self.infobase,
            "extension": self.extension,
            "state": state,
            "code": code,
            "text": mask(text),
            "data": data or {},
            **more,
        }
        try:
            sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            _write_into_nothing(sys.stdout)


def printable(text: str) -> str:
    """The text without secrets and without control characters, line ends and tabs apart."""
    return _CONTROLS.sub("", mask(text))


def typed(line: str) -> str:
    """What a person meant to type: arrow keys and the like leave control characters behind."""
    return "".join(symbol for symbol in line if symbol.isprintable())


def _write_into_nothing(stream: IO[str]) -> None:
    """Whoever read this has left."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)


def speak_utf8(*streams: TextIO) -> None:
    """Never crash on a console of another code page."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="replace")
