"""The cluster of servers: its administration through COM, which has English names only."""

from datetime import datetime
from typing import Any, NoReturn

from agent.clock import wall_clock
from agent.codes import Code
from agent.infobase import OpenSession
from agent.simulated.members import ComObject, Member, method
from agent.simulated.state import Simulation
from agent.simulated.values import bool_of, text_of
from agent.simulated.world import World, connector_failure, living, shown

_PORT = 1541
_DBMS = "PostgreSQL"


class Facts(ComObject):
    """A short description of something in the cluster; all of it can be read only."""

    is_plain = True

    def __init__(self, world: World, **facts: object) -> None:
        super().__init__(world)
        self.facts = facts

    def members(self) -> tuple[Member, ...]:
        return tuple(_fact(name) for name in self.facts)


class Administrative(ComObject):
    """What asks for the cluster's administrator before it answers."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._is_admitted = not world.state.cluster.administrator.user

    def _admit(self, user: object, password: object) -> None:
        wanted = self.world.state.cluster.administrator
        given = text_of(self.world, user, 1), text_of(self.world, password, 2)
        if wanted.user and given != (wanted.user, wanted.password):
            self._refuse(Code.AUTH_FAILED)
        self._is_admitted = True

    def _require(self) -> Simulation:
        if not self._is_admitted:
            self._refuse(Code.NO_RIGHTS)
        return self.world.state

    def _refuse(self, what: str) -> NoReturn:
        raise connector_failure(self.world.text(what))


class Agent(Administrative):
    """IServerAgentConnection."""

    names = ("", "IServerAgentConnection")

    @method("", "GetClusters")
    def clusters(self) -> tuple[Facts, ...]:
        host = self.world.state.cluster.server.partition(":")[0]
        return (Facts(self.world, HostName=host, MainPort=_PORT, ClusterName="Local cluster"),)

    @method("", "Authenticate", 3)
    def authenticate(self, _cluster: object, user: object, password: object) -> None:
        self._admit(user, password)

    @method("", "GetInfoBases", 1)
    def infobases(self, _cluster: object) -> tuple[Facts, ...]:
        name = self._require().cluster.ref
        return (Facts(self.world, Name=name, Descr=""),)

    @method("", "GetWorkingProcesses", 1)
    def processes(self, _cluster: object) -> tuple[Facts, ...]:
        host = self._require().cluster.server.partition(":")[0]
        return (Facts(self.world, HostName=host, MainPort=_PORT + 19, PID="4711"),)

    @method("", "GetSessions", 1)
    def all_sessions(self, _cluster: object) -> tuple[Facts, ...]:
        return self._sessions()

    @method("", "GetInfoBaseSessions", 2)
    def sessions(self, _cluster: object, _infobase: object) -> tuple[Facts, ...]:
        return self._sessions()

    @method("", "TerminateSession", 2)
    def terminate(self, _cluster: object, session: object) -> None:
        self._require()
        number = session.facts.get("SessionID") if isinstance(session, Facts) else None
        if number not in [one.number for one in self._all()]:
            self._refuse("NO_SESSION")
        with self.world.store.change() as state:
            state.sessions = [one for one in state.sessions if one.number != number]
            mine = [one.number for one in state.connected if one.number == number]
            state.ended = [*state.ended, *mine]

    def _sessions(self) -> tuple[Facts, ...]:
        self._require()
        return tuple(
            Facts(
                self.world,
                SessionID=one.number,
                AppID=one.application,
                Host=one.computer,
                userName=one.user,
            )
            for one in self._all()
        )

    def _all(self) -> list[OpenSession]:
        state = self.world.state
        return [*state.sessions, *map(shown, living(self.world.store, state))]


class InfobaseInfo(ComObject):
    """IInfoBaseInfo: what is put is done by UpdateInfoBase."""

    names = ("", "IInfoBaseInfo")
    is_plain = True

    def __init__(self, world: World, *, is_known: bool) -> None:
        super().__init__(world)
        state = world.state
        self.values: dict[str, object] = {
            "Name": state.cluster.ref,
            "DBMS": _DBMS if is_known else "",  # how the cluster says: wrong password
            "SessionsDenied": state.lock is not None,
            "DeniedFrom": None,
            "DeniedTo": _moment(state.cluster.denied_to),
            "DeniedMessage": state.lock_message,
            "DeniedParameter": "",
            "PermissionCode": state.lock or "",
            "ScheduledJobsDenied": state.cluster.scheduled_jobs_denied,
        }

    def members(self) -> tuple[Member, ...]:
        return tuple(_value(name) for name in self.values)


class WorkingProcess(Administrative):
    """IWorkingProcessConnection: what is known of an infobase to its own administrator."""

    names = ("", "IWorkingProcessConnection")

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._logins: list[tuple[str, str]] = []

    @method("", "AuthenticateAdmin", 2)
    def authenticate(self, user: object, password: object) -> None:
        self._admit(user, password)

    @method("", "AddAuthentication", 2)
    def login(self, user: object, password: object) -> None:
        self._logins.append((text_of(self.world, user, 1), text_of(self.world, password, 2)))

    @method("", "GetInfoBases")
    def infobases(self) -> tuple[InfobaseInfo, ...]:
        return (InfobaseInfo(self.world, is_known=self._is_known()),)

    @method("", "UpdateInfoBase", 1)
    def update(self, info: Any) -> None:
        if not self._is_known():
            self._refuse(Code.NO_RIGHTS)
        if not isinstance(info, InfobaseInfo):
            self.world.refuse("TYPE", number=1)
        values, world = info.values, self.world
        until = values["DeniedTo"] if isinstance(values["DeniedTo"], datetime) else None
        is_over = until is not None and until < wall_clock().astimezone().replace(tzinfo=None)
        denied = bool_of(world, values["SessionsDenied"], 1) and not is_over
        with world.store.change() as state:
            state.lock = text_of(world, values["PermissionCode"], 1) if denied else None
            state.lock_message = text_of(world, values["DeniedMessage"], 1) if denied else ""
            jobs = bool_of(world, values["ScheduledJobsDenied"], 1)
            state.cluster.scheduled_jobs_denied = jobs
            state.cluster.denied_to = until.isoformat() if until else ""

    def _is_known(self) -> bool:
        account = self.world.state.account
        return not account.user or (account.user, account.password) in self._logins


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _fact(name: str) -> Member:
    return Member("", name, lambda own: own.facts[name], is_method=False)


def _value(name: str) -> Member:
    def put(own: InfobaseInfo, value: object) -> None:
        own.values[name] = value

    return Member("", name, lambda own: own.values[name], is_method=False, put=put)
