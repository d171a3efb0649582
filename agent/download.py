"""Bytes of a release: resumed where they broke off, whole and verified before they get a name."""

import errno
import logging
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from agent.client import Client
from agent.codes import Code
from agent.errors import Failure, storage_failure
from agent.files import flush_to_disk, private_folder, sha256_of, sync_folder, write_whole
from agent.locks import held
from agent.pace import Pace
from agent.refusals import not_signed
from agent.transport import ServerRefused, network
from agent.trust import Receive
from wire.extensions import Download, OfferedArtifact

logger = logging.getLogger(__name__)

_RESUMES = 8
_KEPT = 10  # files, for the next infobase or a repair
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_CHUNK = 1 << 18
_RANGE_REFUSED = 416
_ASK_ANEW = frozenset({"DOWNLOAD_EXPIRED", "DOWNLOAD_NOT_FOUND"})
_ETAG = re.compile(r'"[!#-~]{1,200}"')  # a strong one: a weak one continues nothing
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch, by which right, who verifies it, whom to tell how far it is."""

    artifact: OfferedArtifact
    download: Download  # the right to fetch it
    renew: Callable[[], Download]  # asks the server for a fresh right
    receive: Receive
    progress: Callable[[int], None]


def fetch(client: Client, folder: Path, wanted: Wanted) -> Path:
    """The whole, checked file in `folder`; one fetched earlier is checked anew."""
    digest = wanted.artifact.sha256
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise not_signed()
    route = client.transport.route
    whole = private_folder(folder) / f"{digest}.cfe"
    with held(whole.with_suffix(".lock"), route.timeout, route.timing):
        if not _holds(whole, wanted.artifact):
            _Fetching(client, wanted, whole).run()
            _keep_newest(whole.parent)
    return whole


class _Fetching:
    """One file on its way: what is there so far, and how much patience is left."""

    def __init__(self, client: Client, wanted: Wanted, whole: Path) -> None:
        self._client = client
        self._timing = client.transport.timing
        self._wanted = wanted
        self._size = wanted.artifact.size
        self._whole = whole
        self._part, self._etag = whole.with_suffix(".part"), whole.with_suffix(".etag")
        self._new = whole.with_suffix(".new")
        self._cuts = 0
        self._asked_anew = False
        self._patience = client.transport.route.timeout  # seconds to wait when told to
        self._pace = Pace(self._timing, self._size)

    def run(self) -> None:
        """Fetch, verify and name the file."""
        try:
            self._wanted.receive(self._source, self._new)
            self._name()
        except OSError as error:
            raise storage_failure(error, self._part.parent, self._size) from error
        except Failure as failure:
            if failure.code == Code.SIGNATURE_BAD:  # nothing of it is worth keeping
                self._drop()
            raise
        finally:
            self._new.unlink(missing_ok=True)

    def _source(self) -> Iterator[bytes]:
        """The whole file; it is on the disk before its first byte is given."""
        resumed = self._have() > 0
        self._fill()
        if resumed and not _holds(self._part, self._wanted.artifact):
            logger.warning("the part of an earlier run was damaged, fetching anew")
            self._drop()
            self._fill()
        with self._part.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def _name(self) -> None:
        """Give the verified file its name, for good."""
        if not _holds(self._new, self._wanted.artifact):
            raise not_signed()
        with self._new.open("r+b") as file:
            flush_to_disk(file)
        self._new.replace(self._whole)
        sync_folder(self._whole.parent)
        self._drop()

    def _fill(self) -> None:
        if shutil.disk_usage(self._part.parent).free < 2 * self._size - self._have():
            raise OSError(errno.ENOSPC, "no space left")
        download = self._wanted.download
        while self._have() < self._size:
            try:
                self._receive(download)
                if self._have() < self._size:
                    raise httpx2.RemoteProtocolError("the body ended early")
            except ServerRefused as refused:
                download = self._after_refusal(refused, download)
            except httpx2.TransportError as error:
                self._after_cut(error)

    def _receive(self, download: Download) -> None:
        """One request; whatever arrives is kept."""
        offset = self._have()
        headers = {}
        if offset and (etag := self._tag()):
            headers = {"Range": f"bytes={offset}-", "If-Range": etag}
        with self._client.artifact(download, headers) as response:
            if not self._continues(response, offset):
                self._drop()
            if etag := response.headers.get("ETag", ""):
                write_whole(self._etag, etag.encode("ascii", "replace"))
            with self._part.open("ab") as file:
                try:
                    for chunk in self._pace.kept(response.iter_raw()):
                        file.write(chunk)
                        self._check_length(file.tell())
                finally:
                    flush_to_disk(file)

    def _tag(self) -> str:
        """What the part was called by the server; empty where that is damaged or unknown."""
        text = self._etag.read_bytes().decode("latin-1") if self._etag.exists() else ""
        return text if _ETAG.fullmatch(text) else ""

    def _continues(self, response: httpx2.Response, offset: int) -> bool:
        """Whether the body goes on at our offset; Content-Range tells, the status does not."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if found is None:
            return offset == 0
        if int(found[2]) != self._size:
            raise not_signed()
        if int(found[1]) != offset:
            self._drop()
            raise httpx2.RemoteProtocolError("the range begins elsewhere")
        return True

    def _check_length(self, done: int) -> None:
        if done > self._size:
            raise not_signed(longer=True)
        self._wanted.progress(done)

    def _after_refusal(self, refused: ServerRefused, download: Download) -> Download:
        if refused.code in _ASK_ANEW and not self._asked_anew:
            self._asked_anew = True
            return self._wanted.renew()
        if refused.status == _RANGE_REFUSED:  # what we have is no beginning of this file
            self._drop()
            self._after_cut(refused)
            return download
        pause = refused.retry_after
        if pause is None or pause > self._patience:
            raise refused
        self._patience -= pause
        self._timing.sleep(pause)
        return download

    def _after_cut(self, error: Exception) -> None:
        self._pace.check()
        self._cuts += 1
        logger.warning("cut %d at %d of %d: %s", self._cuts, self._have(), self._size, error)
        if self._cuts > _RESUMES:
            if not self._have():
                raise network(error, self._client.transport.route) from error
            raise Failure(Code.DOWNLOAD_INCOMPLETE, done=self._have(), size=self._size) from error
        self._timing.sleep(min(_FIRST_PAUSE * 2 ** (self._cuts - 1), _LONGEST_PAUSE))

    def _have(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _drop(self) -> None:
        self._part.unlink(missing_ok=True)
        self._etag.unlink(missing_ok=True)


def _keep_newest(folder: Path) -> None:
    files = sorted(folder.glob("*.cfe"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in files[_KEPT:]:
        old.unlink(missing_ok=True)


def _holds(path: Path, artifact: OfferedArtifact) -> bool:
    if not path.exists() or path.stat().st_size != artifact.size:
        return False
    with path.open("rb") as file:
        return sha256_of(file) == artifact.sha256
