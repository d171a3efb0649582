"""Ceremonies at the command line: keys are opened first, then one document or one transaction."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

import typer
from securesystemslib.signer import CryptoSigner

from app.accounts import queries as accounts
from app.catalog.service.signing import sign_all
from app.cli import keyfolder
from app.cli.files import read_json
from app.cli.keyfolder import DOCUMENT_MAX, ROOT, KeyFolder, Words
from app.cli.runtime import actor, load_settings, unit_of_work, vendor_of
from app.cli.terminal import Terminal
from app.kit.clock import utc_now
from app.kit.db import KitSession, UnitOfWork
from app.kit.i18n import Sentence
from app.kit.signing.ed25519 import signer_of
from app.kit.signing.words import to_words
from app.trust import queries
from app.trust.models import TrustMode, TrustRepository
from app.trust.schemas import TrustBundle, TrustRequest
from app.trust.service import ceremony
from app.trust.service.installing import install
from wire.trust import root_fingerprint

_MODES = {
    TrustMode.MANAGED: Sentence("этот сервер", "this server"),
    TrustMode.VENDOR_HELD: Sentence("компьютер вендора", "the vendor's computer"),
}


@dataclass(frozen=True)
class Founder:
    """Signs the first root of a repository."""

    keys: Path
    roots: Sequence[CryptoSigner]
    threshold: int
    words: Words

    @classmethod
    def open(cls, terminal: Terminal, keys: Path, *, two_of_three: bool) -> Self:
        """Over the keys of a folder, which gets them if it has none."""
        count, threshold = ceremony.ROOTS[two_of_three]
        roots, words = _roots(terminal, keys, count)
        return cls(keys, roots, threshold, words)

    def sign(self, paper: TrustRequest) -> TrustBundle:
        """The first bundle."""
        return ceremony.first_bundle(paper, self.roots, self.threshold, utc_now())


@dataclass(frozen=True)
class Successor:
    """Signs the next root, and may hand it over to other holders."""

    keys: Path
    held: Sequence[CryptoSigner]
    heirs: Sequence[CryptoSigner] = ()
    threshold: int = 0
    new_keys: Path | None = None
    words: Words = field(default_factory=dict)

    @classmethod
    def open(
        cls, terminal: Terminal, keys: Path, heirs: Path | None, *, two_of_three: bool
    ) -> Self:
        """Over the keys of one folder, or of two; heirs of two of three are never fewer."""
        held = KeyFolder.ask(terminal, keys, new=False).signers(ROOT)
        if heirs is None:
            return cls(keys, held)
        count, threshold = ceremony.ROOTS[two_of_three or keyfolder.is_two_of_three(keys)]
        new, words = _roots(terminal, heirs, count)
        return cls(keys, held, new, threshold, heirs, words)

    def sign(self, paper: TrustRequest) -> TrustBundle:
        """The next bundle; newer roots than the server has come along."""
        known = keyfolder.known_roots(self.keys, paper.repository)
        bundle = ceremony.next_bundle(
            paper, self.held, utc_now(), known=known, heirs=self.heirs, threshold=self.threshold
        )
        if self.new_keys is not None:
            keyfolder.keep_roots(self.new_keys, paper.repository, [*known, *bundle.roots])
        return bundle


Root = Founder | Successor
Asks = Callable[[UnitOfWork, uuid.UUID], TrustRequest]


def read_request(
    request: Path | None, *, local: bool, keys: Path, out: Path | None
) -> TrustRequest | None:
    """The request of a ceremony, or None for one that is held on this very machine."""
    if local:
        require_apart(keys)
    if (request is None) != local or (out is None) != local:
        raise typer.BadParameter("--request и --out, или --local / --request and --out, or --local")
    return None if request is None else read_json(request, TrustRequest, DOCUMENT_MAX)


def require_apart(keys: Path) -> None:
    """Keys of ROOT are never inside the folder that a server loses when it is stolen."""
    if keys.resolve().is_relative_to(load_settings().data.resolve()):
        raise keyfolder.KeyFolderUnsafe(folder=keys)


def apart(terminal: Terminal, paper: TrustRequest, root: Root, out: Path) -> None:
    """A request in, a bundle out: no server is there."""
    bundle = _signed(root, paper)
    keyfolder.write_paper(bundle, out)
    told: dict[str, object] = {"fingerprint": root_fingerprint(bundle.roots[-1]), "file": out}
    _tell(terminal, Sentence("Корень подписан", "The root is signed"), told, root.words)


def in_one_place(terminal: Terminal, vendor: str | None, root: Root, asks: Asks) -> None:
    """Request, signature and installation in one transaction."""
    with unit_of_work() as session:
        bundle = _signed(root, asks(session, vendor_of(session, vendor).id))
        told = installed(session, bundle)
    title = Sentence("Корень доверия установлен", "The root is installed")
    _tell(terminal, title, told, root.words)


def installed(session: UnitOfWork, bundle: TrustBundle) -> dict[str, object]:
    """Publishes a bundle, and signs what was published before there was anything to sign by."""
    row = install(session, bundle, actor=actor())
    unsigned = sign_all(session, row.vendor_id)
    return described(session, row) | ({"unsigned": unsigned} if unsigned else {})


def described(session: KitSession, row: TrustRepository) -> dict[str, object]:
    """What people look at: the fingerprint to compare, and the dates by the vendor's clock."""
    zone = ZoneInfo(accounts.vendor(session, row.vendor_id).time_zone)
    signed_at, expires_at = row.timestamp_signed_at, row.root_expires_at
    return {
        "repository": row.repo_id,
        "mode": row.mode,
        "root_version": row.root_version,
        "fingerprint": root_fingerprint(queries.root(session, row)),
        "root_expires_at": expires_at.astimezone(zone) if expires_at else None,
        "timestamp_version": row.timestamp_version,
        "timestamp_signed_at": signed_at.astimezone(zone) if signed_at else None,
    }


def show(terminal: Terminal, title: Sentence, told: Mapping[str, object]) -> None:
    """The same in words; programs get the codes."""
    if "mode" in told and not terminal.as_json:
        told = {**told, "mode": _MODES[TrustMode(str(told["mode"]))]}
    terminal.show(title, told)


def _signed(root: Root, paper: TrustRequest) -> TrustBundle:
    bundle = root.sign(paper)
    keyfolder.keep_roots(root.keys, bundle.repository, bundle.roots)
    return bundle


def _roots(terminal: Terminal, keys: Path, count: int) -> tuple[list[CryptoSigner], Words]:
    """ROOT's keys of a folder; an empty one gets them, with the words to write down."""
    if keyfolder.key_files(keys, ROOT):
        return KeyFolder.ask(terminal, keys, new=False).signers(ROOT), {}
    folder = KeyFolder.ask(terminal, keys, new=True)
    made = {f"{ROOT}-{number}": folder.make(f"{ROOT}-{number}") for number in range(1, count + 1)}
    words = {name: to_words(seed) for name, seed in made.items()}
    keyfolder.say_words(terminal, words)  # before anything can fail: the keys are there now
    terminal.say(
        Sentence(
            "Разложите файлы ключей по разным носителям: потеря одного не лишит вас корня.",
            "Keep the key files on separate media: the loss of one does not lose the root.",
        )
    )
    return [signer_of(seed) for seed in made.values()], words


def _tell(terminal: Terminal, title: Sentence, told: dict[str, object], words: Words) -> None:
    if terminal.as_json:
        told |= {"words": words}
    show(terminal, title, told)
