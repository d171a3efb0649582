"""How the TUF client reaches the server: metadata by plain GET, a release by its download."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface

from agent.pace import Pace
from agent.transport import LOST_PAUSES, Transport, network

logger = logging.getLogger(__name__)

_OK, _SERVER_ERROR, _TOO_MANY = 200, 500, 429
_RELEASES = "ext/"  # paths of releases; nothing else is downloaded as a target
_KEPT = 1 << 20  # of an answer, for whoever has to explain why it was refused

Source = Callable[[], Iterator[bytes]]


class Fetcher(FetcherInterface):
    """Fetches for one repository; what it raises besides library errors is for people already."""

    def __init__(self, transport: Transport, repository: str) -> None:
        self._transport = transport
        base = f"{transport.route.server}/tuf/{repository}/"
        self.metadata_url, self.targets_url = f"{base}metadata/", f"{base}targets/"
        self.artifact: Source | None = None  # bytes of the download that was granted
        self.last = b""  # the last metadata that arrived, verified or not
        self.role = ""  # of the metadata that were asked for last; "" for a release
        self._open = ExitStack()
        self._pace: Pace | None = None

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Metadata; a broken connection is tried again from the first byte."""
        pauses = iter(LOST_PAUSES)
        while True:
            self._pace = Pace(self._transport.timing, max_length)
            try:
                with ExitStack() as self._open:
                    data = super().download_bytes(url, max_length)
            except (httpx2.TransportError, DownloadHTTPError) as error:
                pause = next(pauses, None)
                if pause is None or not _may_pass(error):
                    raise self._told(error) from error
                self._transport.timing.sleep(pause)
            else:
                self.last = data[:_KEPT]
                return data

    def _fetch(self, url: str) -> Iterator[bytes]:
        if url.startswith(self.targets_url + _RELEASES) and self.artifact is not None:
            self.role = ""
            yield from self.artifact()
            return
        self.role = url.rpartition("/")[2].removesuffix(".json").rpartition(".")[2]
        path = url.removeprefix(self._transport.route.server)
        response = self._open.enter_context(self._transport.plain(path))
        if response.status_code != _OK:
            raise DownloadHTTPError(f"HTTP {response.status_code}", response.status_code)
        chunks = response.iter_raw()
        yield from self._pace.kept(chunks) if self._pace else chunks

    def _told(self, error: httpx2.TransportError | DownloadHTTPError) -> Exception:
        """A broken network is explained here; what a status means, the library knows."""
        if isinstance(error, DownloadHTTPError):
            return error
        return network(error, self._transport.route)


def _may_pass(error: Exception) -> bool:
    """Whether it is worth another try."""
    if isinstance(error, DownloadHTTPError):
        return error.status_code >= _SERVER_ERROR or error.status_code == _TOO_MANY
    return not isinstance(error, httpx2.ReadTimeout)
