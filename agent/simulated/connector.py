"""V83.COMConnector: the way into an infobase, and into the cluster that keeps it."""

from pathlib import Path
from typing import NoReturn

from agent.codes import Code
from agent.processes import this_process
from agent.simulated.application import Application
from agent.simulated.cluster import Agent, WorkingProcess
from agent.simulated.members import ComObject, always, method
from agent.simulated.state import Connected, Simulation, Store
from agent.simulated.values import text_of
from agent.simulated.world import World, connector_failure, living
from onec.connection import ConnectionString, ConnectionStringError
from wire.extensions import InfobaseKind


class Connector(ComObject):
    """The object that CoCreateInstance gives."""

    names = ("V83.COMConnector", "")

    def __init__(self, store: Store) -> None:
        super().__init__(World(store))

    @method("", "Connect", 1, alias=always("connect"))
    def connect(self, text: object) -> Application:
        wanted, state = self._parsed(text), self.world.state
        self._find(wanted, state)
        if state.server_version not in (None, state.platform_version):
            self._refuse(Code.COM_VERSION)
        account = state.account
        same = wanted.user.casefold() == account.user.casefold()
        if account.user and not (same and wanted.password == account.password):
            self._refuse(Code.AUTH_FAILED)
        if state.lock is not None and (not state.lock or wanted.access_code != state.lock):
            self._refuse(Code.SESSIONS_DENIED)
        return self._session(wanted.user)

    @method("", "ConnectAgent", 1)
    def agent(self, address: object) -> Agent:
        self._require_cluster(address)
        return Agent(self.world)

    @method("", "ConnectWorkingProcess", 1)
    def process(self, address: object) -> WorkingProcess:
        self._require_cluster(address)
        return WorkingProcess(self.world)

    def _parsed(self, text: object) -> ConnectionString:
        try:
            return ConnectionString.parse(text_of(self.world, text, 1))
        except ConnectionStringError:
            self._refuse("CONNECTION")

    def _find(self, wanted: ConnectionString, state: Simulation) -> None:
        """The infobase is where the connection string says."""
        if state.kind is InfobaseKind.FILE:
            if not wanted.file or Path(wanted.file).absolute() != self.world.store.folder:
                self._refuse(Code.BASE_NOT_FOUND)
            return
        if wanted.server.casefold() != state.cluster.server.casefold():
            self._refuse(Code.SERVER_NOT_FOUND if wanted.server else Code.BASE_NOT_FOUND)
        if wanted.ref.casefold() != state.cluster.ref.casefold():
            self._refuse(Code.BASE_NOT_FOUND)

    def _session(self, user: str) -> Application:
        store = self.world.store
        with store.change() as state:
            alive = living(store, state)
            running = len(alive) + len(state.sessions)
            if state.licenses is not None and running >= state.licenses:
                self._refuse(Code.NO_LICENSE)
            state.session_counter += 1
            number = state.session_counter
            me = this_process()
            state.connected = [*alive, Connected(number, me.pid, user, me.started_at)]
        return Application(World(store, number, user))

    def _require_cluster(self, address: object) -> None:
        state = self.world.state
        host = text_of(self.world, address, 1).removeprefix("tcp://").partition(":")[0]
        known = state.cluster.server.partition(":")[0]
        if state.kind is InfobaseKind.FILE or host.casefold() != known.casefold():
            self._refuse(Code.SERVER_NOT_FOUND)

    def _refuse(self, what: str) -> NoReturn:
        raise connector_failure(self.world.text(what))
