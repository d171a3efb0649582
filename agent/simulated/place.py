"""The port to the simulated 1C, for the parent: by the same child process as to a real one."""

from dataclasses import replace
from pathlib import Path

from agent.com.protocol import Cluster
from agent.com.remote import ComInfobase, Ways
from agent.simulated.state import Simulation, Store
from agent.target import Administration, Target
from onec.connection import ConnectionString
from wire.extensions import InfobaseKind

_AGENT_PORT = 1540


def target_of(folder: Path) -> Target:
    """The way to the infobase in `folder`, where nobody said more than that."""
    whole = folder.absolute()
    return Target(ConnectionString(file=str(whole)), simulated=whole)


def opened(target: Target, ways: Ways) -> ComInfobase:
    """The infobase that `target.simulated` holds; it says itself what kind it is.

    Without a user in the target its own account is used: whoever has the folder has it as well.
    Raises BASE_NOT_FOUND, saying what is needed, unless there is one.
    """
    folder = target.simulated
    assert folder is not None  # noqa: S101 - the caller asked for a simulation
    state = Store(folder).read()
    found = replace(target, connection=_connection(target.connection, folder, state))
    return ComInfobase(found, ways, _cluster(state, target.administration))


def _connection(given: ConnectionString, folder: Path, state: Simulation) -> ConnectionString:
    user, password = given.user, given.password
    if not user:
        user, password = state.account.user, state.account.password
    if state.kind is InfobaseKind.FILE:
        place = ConnectionString(file=str(folder.absolute()))
    else:
        place = ConnectionString(server=state.cluster.server, ref=state.cluster.ref)
    return replace(place, user=user, password=password)


def _cluster(state: Simulation, named: Administration | None) -> Cluster | None:
    """The way to its cluster, its own where nobody named one; a file infobase has none."""
    if state.kind is InfobaseKind.FILE:
        return None
    cluster, who = state.cluster, state.cluster.administrator
    if named is not None:
        return Cluster(named.address, cluster.ref, named.user, named.password)
    address = f"tcp://{cluster.server.partition(':')[0]}:{_AGENT_PORT}"
    return Cluster(address, cluster.ref, who.user, who.password)
