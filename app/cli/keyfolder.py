"""A folder on a medium of its own: private keys behind a passphrase, and what they signed."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer
from pydantic import BaseModel
from securesystemslib.signer import CryptoSigner

from app.cli.files import read_at_most
from app.cli.terminal import Terminal
from app.kit.asgi import strict_json
from app.kit.i18n import N_, Sentence
from app.kit.problems import JsonInvalid, Problem
from app.kit.signing.ed25519 import (
    WrongPassphraseError,
    from_pem,
    new_seed,
    signer_of,
    to_pem,
)
from app.kit.storage.incoming import make_folder, sync_folder

ROOT, RELEASE = "root", "release"
_SIGNED: Final = "releases.json"
DOCUMENT_MAX: Final = 16 << 20  # bytes; 5 MB of releases twice, and some
_PASSPHRASE_MIN: Final = 12


class KeyFileExists(Problem):
    """A key file may be the only copy of a key: it is never overwritten."""

    code, title, status = "KEY_FILE_EXISTS", N_("There is a key already: {file}"), 409


class KeyFileMissing(Problem):
    """The folder holds no key of this kind; its medium may be another one."""

    code, title, status = "KEY_FILE_MISSING", N_("There are no keys in {folder}"), 404


class PassphraseWrong(Problem):
    """The passphrase does not open the key file."""

    code, title, status = "PASSPHRASE_WRONG", N_("The passphrase does not open {file}"), 422
    action = "fix_input"


class PassphraseShort(Problem):
    """Who finds the medium must not guess it."""

    code, title, status = "PASSPHRASE_SHORT", N_("A passphrase has at least {min} characters"), 422
    action = "fix_input"


class PassphraseDiffers(Problem):
    """A new passphrase is given twice, as nobody sees what was typed."""

    code, title, status = "PASSPHRASE_DIFFERS", N_("The passphrase was given in two ways"), 422
    action = "fix_input"


class KeyFolderUnsafe(Problem):
    """Keys of ROOT beside the server's data would be stolen with them."""

    code, status = "KEY_FOLDER_UNSAFE", 422
    title = N_("The folder of keys must not lie inside the server's data: {folder}")
    action = "fix_input"
    step = N_("Name another folder in `--keys`, best on a medium that you take away")


Words = Mapping[str, list[str]]
"""Four lines for each fresh key: the one copy that needs neither medium nor passphrase."""


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """Where `root-1.pem`, `root-2.pem` or `release.pem` lie."""

    path: Path
    passphrase: str

    @classmethod
    def ask(cls, terminal: Terminal, path: Path, *, new: bool) -> "KeyFolder":
        """The folder with its passphrase, which is typed twice for new keys."""
        question = terminal.text(
            Sentence(f"Парольная фраза ключей в {path}", f"Passphrase of the keys in {path}")
        )
        given = _asked(question, twice=new)
        if new and len(given) < _PASSPHRASE_MIN:
            raise PassphraseShort(min=_PASSPHRASE_MIN)
        return cls(path, given)

    def make(self, name: str, seed: bytes | None = None) -> bytes:
        """Writes a key, fresh unless a seed is given, for this user only; its seed."""
        seed, file = seed or new_seed(), self.path / f"{name}.pem"
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyFileExists(file=file) from None
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(to_pem(seed, self.passphrase))
            stream.flush()
            os.fsync(stream.fileno())
        return seed

    def seeds(self, kind: str) -> list[bytes]:
        """The private keys of a kind; KEY_FILE_MISSING if there is none."""
        files = key_files(self.path, kind)
        if not files:
            raise KeyFileMissing(folder=self.path)
        return [self._opened(file) for file in files]

    def signers(self, kind: str) -> list[CryptoSigner]:
        """The same keys, ready to sign."""
        return [signer_of(seed) for seed in self.seeds(kind)]

    def _opened(self, file: Path) -> bytes:
        try:
            return from_pem(file.read_bytes(), self.passphrase)
        except WrongPassphraseError:
            raise PassphraseWrong(file=file.name) from None


def _asked(question: str, *, twice: bool) -> str:
    """A passphrase typed at a terminal; without one, lines of stdin, not repeated either."""
    if sys.stdin.isatty():
        return str(typer.prompt(question, hide_input=True, confirmation_prompt=twice, err=True))
    lines = {sys.stdin.readline().rstrip("\r\n") for _ in range(1 + twice)}
    if len(lines) > 1:
        raise PassphraseDiffers
    return lines.pop()


def key_files(folder: Path, kind: str) -> Sequence[Path]:
    """The key files of a kind."""
    return sorted([*folder.glob(f"{kind}.pem"), *folder.glob(f"{kind}-*.pem")])


def known_roots(folder: Path, repository: str) -> list[dict[str, Any]]:
    """The roots of a repository that were signed here, oldest first."""
    files = (folder / repository).glob("*.root.json")
    found = sorted(files, key=lambda file: int(file.name.partition(".")[0]))
    return [json.loads(file.read_bytes()) for file in found]


def is_two_of_three(folder: Path) -> bool:
    """Whether a root that was signed here needs two signatures."""
    roots = (json.loads(file.read_bytes()) for file in folder.glob("*/*.root.json"))
    return any(root["signed"]["roles"]["root"]["threshold"] > 1 for root in roots)


def keep_roots(folder: Path, repository: str, roots: Iterable[dict[str, Any]]) -> None:
    """Keeps roots beside the keys: what a server shows later is compared with them."""
    for root in roots:
        _keep(folder / repository / f"{root['signed']['version']}.root.json", root)


def last_signed(folder: Path, repository: str) -> dict[str, Any] | None:
    """The releases of a repository that were signed here last; None before the first time."""
    file = folder / repository / _SIGNED
    if not file.exists():
        return None
    try:
        document = strict_json(read_at_most(file, DOCUMENT_MAX))
    except JsonInvalid:
        why = Sentence(f"Файл {file}", f"File {file}")
        raise JsonInvalid("{why}", why=why) from None
    return document if isinstance(document, dict) else {}


def keep_signed(folder: Path, repository: str, releases: dict[str, Any]) -> None:
    """Keeps signed releases beside their key: what a server shows later is compared with them."""
    _keep(folder / repository / _SIGNED, releases)


def _keep(path: Path, document: dict[str, Any]) -> None:
    """As a whole or not at all, and durable: the old one is there until the new one is."""
    make_folder(path.parent)
    aside = path.with_name(f".{path.name}.part")
    write_file(aside, json.dumps(document))
    aside.replace(path)
    sync_folder(path.parent)


def write_paper(paper: BaseModel, out: Path | None) -> None:
    """A document of a ceremony as a file, or on standard output."""
    text = paper.model_dump_json(indent=1)
    if out is None:
        typer.echo(text)
    else:
        write_file(out, f"{text}\n")


def write_file(path: Path, text: str) -> None:
    """A text file, on the disk before anything is built on it."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def say_words(terminal: Terminal, words: Words) -> None:
    """The words of fresh keys for people; programs read them in the answer."""
    for name, lines in words.items():
        terminal.say(
            Sentence(
                f"Ключ {name}. Запишите слова на бумагу: больше они не покажутся.",
                f"Key {name}. Write the words down: they are not shown again.",
            )
        )
        for number, line in enumerate(lines, 1):
            terminal.say(Sentence(f"  {number}  {line}", f"  {number}  {line}"))
