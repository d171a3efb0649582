"""Sessions of an infobase through the cluster of servers: list them, end one."""

from typing import Final

from agent.codes import Code
from agent.com.dispatch import Disp
from agent.com.entrance import Account, Entrance
from agent.com.errors import ComError, Where, clean, code_of, infobase_error
from agent.com.extensions import text_of
from agent.com.protocol import Cluster
from agent.errors import InfobaseError
from agent.infobase import OpenSession

_GONE: Final = (
    "сеанс отсутствует или удален",
    "сеанс с указанным идентификатором не найден",
    "session is missing or has been deleted",
    "session with the specified identifier not found",
)


class ClusterSession:
    """The administration of the clusters of one server; its objects have English names only."""

    def __init__(self, connector: Disp, cluster: Cluster, account: Account | None = None) -> None:
        self._connector, self._cluster = connector, cluster
        self._account = account or Account()
        self._ref = cluster.ref
        self._agent = connector.made("ConnectAgent", cluster.address)
        self._clusters = _objects(self._agent.call("GetClusters"))
        for one in self._clusters:
            self._agent.call("Authenticate", one, cluster.user, cluster.password)

    def sessions(self) -> list[OpenSession]:
        """All sessions of the infobase, ours included."""
        return [_session(row) for _, row in self._rows()]

    def terminate(self, number: int) -> bool:
        """End one; a session that is gone already is ended as well."""
        if not any(self._places()):
            return False
        for cluster, row in self._rows():
            if row.get("SessionID") == number:
                try:
                    self._agent.call("TerminateSession", cluster, row)
                except ComError as error:
                    if not _is_gone(error):
                        raise
        return True

    def entrance(self) -> Entrance:
        """Who is let into the infobase, by a working process of its cluster."""
        (home, _), *_ = self._places()
        refusal = InfobaseError(Code.SERVER_NOT_FOUND, "no working process", srv=self._ref)
        for process in _objects(self._agent.call("GetWorkingProcesses", home)):
            host, port = text_of(process.get("HostName")), process.get("MainPort")
            try:
                return Entrance(
                    self._connector.made("ConnectWorkingProcess", f"tcp://{host}:{port}"),
                    self._cluster,
                    self._account,
                )
            except ComError as error:  # one that is ending; another one may answer
                refusal = infobase_error(error, Where(srv=f"{host}:{port}", ref=self._ref))
        raise refusal

    def _places(self) -> list[tuple[Disp, Disp]]:
        found = [
            (cluster, infobase)
            for cluster in self._clusters
            for infobase in _objects(self._agent.call("GetInfoBases", cluster))
            if text_of(infobase.get("Name")).casefold() == self._ref.casefold()
        ]
        if not found:
            raise InfobaseError(Code.BASE_NOT_FOUND, ref=self._ref)
        return found

    def _rows(self) -> list[tuple[Disp, Disp]]:
        return [
            (cluster, row)
            for cluster, infobase in self._places()
            for row in _objects(self._agent.call("GetInfoBaseSessions", cluster, infobase))
        ]


def _session(row: Disp) -> OpenSession:
    number = row.get("SessionID")
    return OpenSession(
        application=clean(text_of(row.get("AppID"))),
        computer=clean(text_of(row.get("Host"))),
        user=clean(text_of(row.get("userName"))),
        number=int(number) if isinstance(number, int | float) else 0,
    )


def _objects(found: object) -> list[Disp]:
    """The objects of a SAFEARRAY."""
    return [one for one in found if isinstance(one, Disp)] if isinstance(found, tuple) else []


def _is_gone(error: ComError) -> bool:
    text = error.text.casefold()
    return code_of(error) is Code.CONNECTION_LOST and any(part in text for part in _GONE)
