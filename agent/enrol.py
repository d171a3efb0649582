"""How a vendor's root comes to be trusted here: by a connection file or a compared fingerprint."""

import json
import logging
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tuf.api.exceptions import DownloadError, DownloadLengthMismatchError, RepositoryError
from tuf.ngclient import Updater, UpdaterConfig

from agent.codes import Code, Exit
from agent.config import server_address
from agent.consents import ROOT_FLAG
from agent.context import Context
from agent.errors import Failure, Refusal, fill, filled, usage
from agent.fetcher import Fetcher
from agent.pins import Root, read_root, root_of
from agent.refusals import Circumstances, Reason, refusal, refused
from agent.repair import HISTORY
from agent.transport import Transport
from agent.trust import LocalState, Repository, Said
from wire import enrolment
from wire.codec import WireError
from wire.enrolment import Connection, ConnectionVendor
from wire.problems import Sentence
from wire.trust import read_fingerprint

logger = logging.getLogger(__name__)
_CHANGED = Sentence(
    "Корень доверия вендора обновлён: версия {n}, отпечаток {f}",
    "The vendor's root of trust was renewed: version {n}, fingerprint {f}",
)
_PINNED = Sentence(
    "Вендор {vendor}, сервер {server}. Корень доверия закреплён: версия {n}, отпечаток {f}",
    "Vendor {vendor}, server {server}. The root of trust is pinned: version {n}, fingerprint {f}",
)
_TRUSTED = Sentence(
    "От него вендор пришёл к корню версии {n}, отпечаток {f}: ему этот компьютер и доверяет",
    "From it the vendor went on to root version {n}, fingerprint {f}, which is trusted here",
)
_COMPARE = Sentence(
    "Корень доверия вендора на сервере {server}: версия {n}, отпечаток {f}. Сравните с отпечатком"
    " у вендора. Совпадает?",
    "The vendor's root of trust on server {server}: version {n}, fingerprint {f}. Compare it with"
    " the fingerprint that the vendor has. Is it the same?",
)
_OTHER_ROOT = Sentence(
    "Отпечаток не подтверждён, этому серверу компьютер не доверяет и ничего не сделано. Возьмите у"
    " вендора файл подключения или спросите отпечаток ещё раз",
    "The fingerprint was not confirmed: the server is not trusted, nothing was done. Get the"
    " vendor's connection file, or ask for the fingerprint again",
)


def repository_of(context: Context, said: Said) -> Repository:
    """The repository that an answer names, by its pinned root; pins it if a person vouches."""
    pin = context.pins.of(said.trust.repository) or _compared(context, said)

    def changed(root: Root) -> None:
        name = said.trust.repository
        logger.warning("%s has a new root: %d, %s", name, root.version, root.fingerprint)
        text = fill(_CHANGED, context.lang, n=root.version, f=root.fingerprint)
        context.console.warn("ROOT_CHANGED", text, version=root.version, root=root.fingerprint)

    state = LocalState(context.home / "trust", pin)
    return Repository(state, context.client().transport, changed)


def pin_file(context: Context, path: Path) -> Connection:
    """Pin the root of a connection file; another root than the pinned one must follow from it."""
    connection = read_connection(path)
    server = server_address(connection.server)
    try:
        root = root_of(connection)
    except RepositoryError as error:
        raise refused(Reason.METADATA_INVALID) from error
    pinned = _pinned(context, connection.repository)
    if pinned is not None:
        known = root_of(pinned)
        with closing(context.transport(server)) as transport:
            if not _is_one_chain(known, root, connection.repository, transport):
                raise refused(Reason.ROOT_CHANGED, pinned=known.fingerprint, found=root.fingerprint)
        kept = replace(
            connection, root=pinned.root, root_fingerprint=pinned.root_fingerprint, server=server
        )
    else:
        kept = replace(connection, server=server)
    _keep(context, kept)
    return replace(connection, server=server)


def read_connection(path: Path) -> Connection:
    """What a connection file says, not yet trusted; USAGE if it is none."""
    try:
        with path.open("rb") as file:
            return enrolment.parse(file.read(enrolment.FILE_MAX + 1))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise usage(f"{path} не читается: {why}", f"{path} cannot be read: {why}") from error
    except WireError as error:
        raise usage(
            f"{path} — не файл подключения или он повреждён: возьмите его у вендора ещё раз",
            f"{path} is no connection file, or damaged; get it from the vendor again: {error}",
        ) from error


def _pinned(context: Context, repository: str) -> Connection | None:
    """What is pinned; a damaged file of it gives way to one that a person brought."""
    try:
        return context.pins.of(repository)
    except Failure as failure:
        if failure.code != Code.HOME_UNUSABLE:
            raise
        return None


def _keep(context: Context, connection: Connection) -> None:
    context.pins.keep(connection)
    root = root_of(connection)
    newest = LocalState(context.home / "trust", connection).root()
    console = context.console
    console.say(
        _PINNED.ru,
        _PINNED.en,
        vendor=connection.vendor.name,
        server=connection.server,
        n=root.version,
        f=root.fingerprint,
    )
    if newest.version != root.version:
        console.say(_TRUSTED.ru, _TRUSTED.en, n=newest.version, f=newest.fingerprint)


def _compared(context: Context, said: Said) -> Connection:
    """Pin the root that the server gives, because a person compared its fingerprint."""
    transport, repository = context.client().transport, said.trust.repository
    server, wanted = transport.route.server, context.common.root_fingerprint
    is_known = any(pin.server == server for pin in context.pins.all())
    if is_known and wanted is None:
        raise refused(Reason.REPOSITORY_UNKNOWN, repository=repository)
    roots = _chain(_first_root(transport, said), repository, transport)
    root = _named(roots, wanted) if wanted is not None else _vouched(context, roots[-1], server)
    vendor = ConnectionVendor(repository, server)
    pin = enrolment.build(server, vendor, repository, json.loads(root.raw))
    _keep(context, pin)
    return pin


def _named(roots: list[Root], wanted: str) -> Root:
    try:
        fingerprint = read_fingerprint(wanted)
    except ValueError as error:
        raise usage(
            "Отпечаток корня — 8 групп по 4 знака", "A fingerprint is 8 groups of 4 symbols"
        ) from error
    found = next((root for root in roots if root.fingerprint == fingerprint), None)
    if found is None:
        raise refused(Reason.FINGERPRINT_MISMATCH, found=roots[-1].fingerprint, wanted=fingerprint)
    return found


def _vouched(context: Context, root: Root, server: str) -> Root:
    text = filled(_COMPARE, server=server, n=root.version, f=root.fingerprint)
    data: dict[str, object] = {"root": root.fingerprint, "version": root.version}
    data["flag"] = ROOT_FLAG
    if not context.console.ask("root", fill(text, context.lang), data):
        if context.console.is_interactive:
            raise Refusal(Code.CONSENT_REQUIRED, Exit.DECISION, _OTHER_ROOT)
        question = filled(Sentence("{text} {flag}", "{text} {flag}"), text=text, flag=ROOT_FLAG)
        raise Failure(Code.CONSENT_REQUIRED, question=question)
    return root


def _first_root(transport: Transport, said: Said) -> Root:
    fetcher = Fetcher(transport, said.trust.repository)
    try:
        raw = fetcher.download_bytes(
            f"{fetcher.metadata_url}1.root.json", UpdaterConfig().root_max_length
        )
        return read_root(raw)
    except (RepositoryError, DownloadError) as error:
        raise refusal(error, Circumstances(fetcher.role, None, said.server_time)) from error


def _is_one_chain(one: Root, other: Root, repository: str, transport: Transport) -> bool:
    """Whether the later of two roots follows from the earlier one by the vendor's rotations."""
    older, newer = sorted((one, other), key=lambda root: root.version)
    if older.version == newer.version:
        return older.fingerprint == newer.fingerprint
    chain = _chain(older, repository, transport)
    return newer.fingerprint in {root.fingerprint for root in chain}


def _chain(first: Root, repository: str, transport: Transport) -> list[Root]:
    """A root and those that follow from it on the server."""
    fetcher = Fetcher(transport, repository)
    with TemporaryDirectory() as folder:
        try:
            Updater(folder, fetcher.metadata_url, fetcher=fetcher, bootstrap=first.raw).refresh()
        except (RepositoryError, DownloadLengthMismatchError):
            pass  # the chain ends here; what else is wrong shows when the root is used
        except DownloadError as error:
            raise refusal(error, Circumstances(fetcher.role, None, "")) from error
        found = Path(folder, HISTORY).glob("*.root.json")
        roots = [read_root(path.read_bytes()) for path in found]
    return sorted(roots, key=lambda root: root.version)
