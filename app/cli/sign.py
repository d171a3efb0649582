"""`podkluch sign`: on the vendor's own computer, with a key that no server ever has."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel

from app.cli.files import read_at_most, read_json
from app.cli.keyfolder import (
    DOCUMENT_MAX,
    RELEASE,
    KeyFolder,
    Words,
    keep_signed,
    key_files,
    last_signed,
    say_words,
    write_paper,
)
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.asgi import strict_json
from app.kit.i18n import N_, Sentence
from app.kit.problems import Problem, command
from app.kit.signing.ed25519 import signer_of
from app.kit.signing.words import to_words
from app.trust.schemas import ReleasesDraft, TrustRequest
from app.trust.service.held import (
    Change,
    ChangeKind,
    differences,
    sign_draft,
    take_over,
    taken_over,
)
from app.trust.service.memory import changes_since
from wire.trust import TargetStatus

app = typer.Typer(add_completion=False)

_KINDS = {
    ChangeKind.ADDED: Sentence("Новый релиз", "New release"),
    ChangeKind.WITHDRAWN: Sentence("Отозван", "Withdrawn"),
    ChangeKind.CHANGED: Sentence("Изменён", "Changed"),
    ChangeKind.GONE: Sentence("Пропал", "Gone"),
}
_SIGNED = Sentence("Подписано", "Signed")
_SINCE = Sentence("Иначе, чем подписано здесь в прошлый раз:", "Unlike what was signed here last:")


_SAY_YES = N_("Nobody can answer without a terminal: look through the list and add `--yes`")


class NotSigned(Problem):
    """Nobody said yes to what would be signed."""

    code, title, status = "NOT_SIGNED", N_("Nothing was signed"), 409


class _Paper(BaseModel):
    format: Literal["podkluch-trust-request", "podkluch-releases"]


Files = Annotated[
    Path | None,
    typer.Option(exists=True, file_okay=False, help="Папка ваших .cfe: с ними сверяются новые."),
]
Older = Annotated[
    bool,
    typer.Option(
        "--older",
        help="Подписанное здесь позже не было опубликовано или пропало вместе с сервером.",
    ),
]


@app.command(epilog=EPILOG)
def sign(  # noqa: PLR0913 - one parameter per option
    paper: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="Что подписать: файл сервера."
        ),
    ],
    *,
    keys: Annotated[Path, typer.Option(help="Папка, где лежит ключ релизов.")],
    out: Annotated[Path, typer.Option(help="Куда записать подписанное.")],
    files: Files = None,
    older: Older = False,
    yes: Annotated[bool, typer.Option("--yes", help="Подписать без вопроса.")] = False,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Показать, что изменится, и подписать релизы своим ключом."""
    with Terminal(lang, as_json=as_json) as terminal:
        own = _digests(files)
        kind = command(_Paper, strict_json(read_at_most(paper, DOCUMENT_MAX)))
        if kind.format == "podkluch-trust-request":
            request = read_json(paper, TrustRequest, DOCUMENT_MAX)
            changes = taken_over(request, own)
            since = changes_since(last_signed(keys, request.repository), request, older=older)
            _show(terminal, request.vendor, changes, since, sure=yes)
            _take_over(terminal, request, keys, out)
            return
        draft = read_json(paper, ReleasesDraft, DOCUMENT_MAX)
        [seed] = KeyFolder.ask(terminal, keys, new=False).seeds(RELEASE)
        signed, changes = sign_draft(draft, signer_of(seed), own or ())
        since = changes_since(last_signed(keys, draft.repository), draft, older=older)
        _show(terminal, draft.vendor, changes, since, sure=yes)
        keep_signed(keys, signed.repository, signed.releases)
        write_paper(signed, out)
        told = {"changes": changes, "since": since} if terminal.as_json else {}
        listed = {name: _told(each) for name, each in told.items()}
        terminal.show(_SIGNED, {"file": out, **listed})


def _told(changes: Sequence[Change]) -> list[dict[str, str]]:
    return [{"kind": change.kind, "path": change.path} for change in changes]


def _digests(files: Path | None) -> set[str] | None:
    if files is None:
        return None
    return {_digest(file) for file in sorted(files.rglob("*.cfe"))}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _take_over(terminal: Terminal, request: TrustRequest, keys: Path, out: Path) -> None:
    """The releases go to a key that is made here, unless it is here already."""
    words: Words = {}
    folder = KeyFolder.ask(terminal, keys, new=not key_files(keys, RELEASE))
    if not key_files(keys, RELEASE):
        words = {RELEASE: to_words(folder.make(RELEASE))}
        say_words(terminal, words)
    [seed] = folder.seeds(RELEASE)
    given = take_over(request, seed)
    keep_signed(keys, given.repository, given.releases or {})
    write_paper(given, out)
    terminal.show(_SIGNED, {"file": out} | ({"words": words} if terminal.as_json else {}))


def _gone(change: Change) -> Sentence:
    """Releases that are taken over may have been withdrawn long ago."""
    if change.kind is ChangeKind.ADDED and change.custom.status == TargetStatus.WITHDRAWN:
        return Sentence(", уже отозван", ", withdrawn already")
    return Sentence("", "")


def somebody_is_there() -> bool:
    """Whether a person at a terminal can answer."""
    return sys.stdin.isatty()


def _show(
    terminal: Terminal,
    vendor: str,
    changes: Sequence[Change],
    since: Sequence[Change],
    *,
    sure: bool,
) -> None:
    """What would be signed; without a yes nothing is."""
    terminal.say(Sentence(f"Вендор: {vendor}", f"Vendor: {vendor}"))
    _list(terminal, changes)
    if since:
        terminal.say(_SINCE)
        _list(terminal, since)
    if sure:
        return
    if not somebody_is_there():  # a line that waits is a passphrase and no answer
        raise NotSigned(_SAY_YES)
    if not typer.confirm(terminal.text(Sentence("Подписать?", "Sign?")), err=True):
        raise NotSigned


def _list(terminal: Terminal, changes: Sequence[Change]) -> None:
    for change in changes:
        kind = _KINDS[change.kind]
        place = f"{change.path}\n  SHA-256 {change.sha256}"
        gone = _gone(change)
        terminal.say(Sentence(f"{kind.ru}{gone.ru}: {place}", f"{kind.en}{gone.en}: {place}"))
        for line in differences(change) if change.kind is not ChangeKind.ADDED else ():
            terminal.say(Sentence(f"  {line}", f"  {line}"))
