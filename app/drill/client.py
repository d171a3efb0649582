"""What agents know of a vendor's signatures: the stock TUF client, with a memory of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from app.drill.server import Server
from app.kit.db import reading
from app.kit.problems import NotFound
from app.trust import queries
from wire.enrolment import Connection

_NOT_FOUND = 404


class _Served(FetcherInterface):
    """The files that a server gives, read from its database."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def _fetch(self, url: str) -> Iterator[bytes]:
        _, repository, _, name = url.lstrip("/").split("/")
        with reading(self._server.engine, self._server.kit) as session:
            try:
                content = queries.served(session, repository, name)
            except NotFound:
                raise DownloadHTTPError("not found", _NOT_FOUND) from None
        return iter([content])


class Client:
    """An agent that saw what there was last; it refuses whatever is older."""

    def __init__(self, folder: Path, connection: Connection) -> None:
        self.folder, self._connection = folder, connection
        folder.mkdir(exist_ok=True)

    def at(self, folder: Path) -> "Client":
        """The same agent with a copy of its memory."""
        return Client(folder, self._connection)

    def sees(self, server: Server, path: str) -> bool:
        """Refreshes from a server, and says whether a release is signed; a refusal is an error."""
        updater = Updater(
            metadata_dir=str(self.folder),
            metadata_base_url=f"/tuf/{self._connection.repository}/metadata/",
            target_dir=None,
            target_base_url=None,
            fetcher=_Served(server),
            bootstrap=json.dumps(self._connection.root).encode(),
        )
        updater.refresh()
        return updater.get_targetinfo(path) is not None
