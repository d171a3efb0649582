"""A small fuzzer led by coverage: it keeps what reaches a new pair of lines and changes that.

The same seed makes the same run on every machine of one Python version. It counts executions and
lines, never seconds: what runs more lines than any honest input needs has hung.
"""

import random
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
Mutation = Callable[[random.Random, bytes], bytes]


def _nothing(_: Any) -> None:
    """Nothing more is asked of what was read."""


@dataclass(frozen=True)
class Target:
    """A parser: what it is fed with, what it may raise, and what is true of all that it reads."""

    name: str
    read: Callable[[bytes], Any]
    refuses: tuple[type[Exception], ...]
    seeds: Sequence[bytes]
    files: tuple[str, ...]
    """Files and folders of ours whose lines count, below the root of the project."""
    runs: int
    """Executions of an ordinary run."""
    holds: Callable[[Any], None] = _nothing
    inner: tuple[Mutation, ...] = ()
    """Changes that know the format, beside those of bytes."""
    most_lines: int = 2_000_000


class HangError(BaseException):
    """More lines ran than any honest input needs; nothing that catches Exception swallows it."""


@dataclass(frozen=True)
class Found:
    """An input that the parser neither read nor refused, and where that happened."""

    data: bytes
    error: str
    place: str


@dataclass
class Outcome:
    """What a run came to."""

    executions: int = 0
    edges: int = 0
    kept: int = 0
    found: list[Found] = field(default_factory=list)


class Coverage:
    """Pairs of lines that ran one after the other in the files of a target."""

    def __init__(self, files: Sequence[str], most_lines: int) -> None:
        self.roots = tuple(str(ROOT / name) for name in files)
        self.most_lines = most_lines
        self.wanted: dict[CodeType, int] = {}
        self.seen: set[int] = set()
        self.fresh: set[int] = set()
        self._before, self._lines = 0, 0

    def run(self, act: Callable[[], Any]) -> Any:
        """Does it and notes where it went."""
        self.fresh, self._before, self._lines = set(), 0, 0
        earlier = sys.gettrace()
        sys.settrace(self._called)
        try:
            return act()
        finally:
            sys.settrace(earlier)
            self.fresh -= self.seen
            self.seen |= self.fresh

    def _called(self, frame: FrameType, _event: str, _: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        number = self.wanted.get(code)
        if number is None:
            is_ours = code.co_filename.startswith(self.roots)
            number = self.wanted[code] = len(self.wanted) + 1 if is_ours else 0
        return self._stepped if number else None

    def _stepped(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "line":
            here = self.wanted[frame.f_code] << 16 | frame.f_lineno & 0xFFFF
            self.fresh.add(self._before << 32 | here)
            self._before = here
            self._lines += 1
            if self._lines > self.most_lines:
                raise HangError
        return self._stepped


BYTES = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\n",
    b"\r\n",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b";",
)
NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"2147483648",
    b"9223372036854775808",
    b"1e999",
    b"9" * 99,
)
TEXTS = (
    "\u00a0",
    "\u200b",
    "\ufeff",
    "\u202e",
    "ё",
    "е\u0308",
    "İ",
    "ß",
    "①",
    "٣",
    "\U0001f384",
    "𝟎",
)
COMMON = (*BYTES, *NUMBERS, *(text.encode() for text in TEXTS), b"\xed\xa0\x80", b"\xc0\xaf")


def words(files: Sequence[str]) -> list[bytes]:
    """Texts and bytes that the sources themselves compare with."""
    found: set[bytes] = set()
    for name in files:
        path = ROOT / name
        for source in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found.update(_constants(compile(source.read_text("utf-8"), str(source), "exec")))
    return sorted(found)


def _constants(code: CodeType) -> Iterator[bytes]:
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _constants(value)
        for each in value if isinstance(value, tuple | frozenset) else (value,):
            if isinstance(each, str | bytes) and 0 < len(each) <= 40:
                yield each.encode(errors="replace") if isinstance(each, str) else each


class Mutator:
    """Changes inputs by chance, with the words of the parser at hand."""

    def __init__(self, target: Target, chance: random.Random) -> None:
        self.chance = chance
        self.words = [*COMMON, *words(target.files)]
        self.ways: list[Mutation] = [
            *(flip, put, cut, double, move), self._insert, self._overwrite, *target.inner * 3,
        ]  # fmt: skip

    def change(self, data: bytes, other: bytes) -> bytes:
        """The input with one to eight changes, now and then with the end of another one."""
        if self.chance.random() < 0.1:
            at, to = self._place(data), self._place(other)
            data = data[:at] + other[to:]
        for _ in range(1 << self.chance.randrange(4)):
            data = self.chance.choice(self.ways)(self.chance, data)
        return data[: 1 << 20]

    def _place(self, data: bytes) -> int:
        return self.chance.randrange(len(data) + 1)

    def _insert(self, chance: random.Random, data: bytes) -> bytes:
        at = self._place(data)
        return data[:at] + chance.choice(self.words) + data[at:]

    def _overwrite(self, chance: random.Random, data: bytes) -> bytes:
        at, word = self._place(data), chance.choice(self.words)
        return data[:at] + word + data[at + len(word) :]


def flip(chance: random.Random, data: bytes) -> bytes:
    """One bit."""
    if not data:
        return b"\0"
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def put(chance: random.Random, data: bytes) -> bytes:
    """One byte more."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(1) + data[at:]


def _span(chance: random.Random, data: bytes) -> tuple[int, int]:
    at = chance.randrange(len(data) + 1)
    return at, min(len(data), at + (1 << chance.randrange(10)))


def cut(chance: random.Random, data: bytes) -> bytes:
    """Without a piece."""
    at, end = _span(chance, data)
    return data[:at] + data[end:]


def double(chance: random.Random, data: bytes) -> bytes:
    """With a piece several times."""
    at, end = _span(chance, data)
    return data[:at] + data[at:end] * chance.choice((2, 2, 3, 64)) + data[end:]


def move(chance: random.Random, data: bytes) -> bytes:
    """With a piece in another place."""
    at, end = _span(chance, data)
    rest = data[:at] + data[end:]
    to = chance.randrange(len(rest) + 1)
    return rest[:to] + data[at:end] + rest[to:]


def fuzz(target: Target, runs: int, seed: str = "podkluch") -> Outcome:
    """Feeds a parser that often; each failure counts once by its place."""
    chance = random.Random(f"{seed} {target.name}")  # noqa: S311 - it has to be repeatable
    coverage, mutator, outcome = (
        Coverage(target.files, target.most_lines),
        Mutator(target, chance),
        Outcome(),
    )
    pool = list(dict.fromkeys(target.seeds))
    places: set[str] = set()
    for number in range(runs):
        is_seed = number < len(target.seeds)
        data = (
            target.seeds[number]
            if is_seed
            else mutator.change(_chosen(chance, pool), chance.choice(pool))
        )
        found = tried(target, data, coverage)
        outcome.executions += 1
        if found is not None and found.place not in places:
            places.add(found.place)
            outcome.found.append(found)
        if coverage.fresh and not is_seed:
            pool.append(data)
    outcome.edges, outcome.kept = len(coverage.seen), len(pool)
    return outcome


def _chosen(chance: random.Random, pool: list[bytes]) -> bytes:
    """Mostly one of the latest, which are the deepest."""
    latest = pool[-64:] if chance.random() < 0.5 else pool
    return chance.choice(latest)


def tried(target: Target, data: bytes, coverage: Coverage) -> Found | None:
    """What the parser made of it, if that is neither a value nor a refusal."""

    def act() -> None:
        target.holds(target.read(data))

    try:
        coverage.run(act)
    except target.refuses:
        return None
    except HangError as error:
        return Found(data, "it never ends", _place_of(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
        return Found(data, f"{type(error).__name__}: {error}"[:300], _place_of(error))
    return None


def _place_of(error: BaseException) -> str:
    """Where it was raised; a hang is in a function, its line is chance."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, HangError):
        return f"hang in {frames[-2].filename}:{frames[-2].name}"
    return f"{type(error).__name__} in {frames[-1].filename}:{frames[-1].lineno}"


def smaller(target: Target, found: Found, tries: int = 500) -> bytes:
    """A shorter input that fails in the same place, for people to read."""
    data, size = found.data, max(1, len(found.data) // 2)
    coverage = Coverage(target.files, target.most_lines)
    while tries and size:
        for at in range(0, len(data), size):
            shorter = data[:at] + data[at + size :]
            again = tried(target, shorter, coverage)
            tries -= 1
            if again is not None and again.place == found.place:
                data = shorter
                break
            if not tries:
                break
        else:
            size //= 2
    return data
