"""Refusing new sessions and scheduled jobs through the cluster, as the infobase's administrator."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from agent.clock import wall_clock
from agent.codes import Code
from agent.com.dispatch import Disp
from agent.com.extensions import text_of
from agent.com.locking import Gate
from agent.com.protocol import Cluster
from agent.errors import InfobaseError

_WIDE: Final = timedelta(days=1)  # clocks and time zones of two computers differ by less


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """Who administers the infobase itself; never shown."""

    user: str = ""
    password: str = ""


class Entrance:
    """What a working process keeps of one infobase; raises ComError and InfobaseError."""

    def __init__(self, process: Disp, cluster: Cluster, account: Account) -> None:
        self._process = process
        process.call("AuthenticateAdmin", cluster.user, cluster.password)
        if account.user:
            process.call("AddAuthentication", account.user, account.password)
        self._info = _infobase(process, cluster.ref)

    @property
    def jobs_denied(self) -> bool:
        """Whether scheduled jobs do not run."""
        return self._info.get("ScheduledJobsDenied") is True

    def shut(self, gate: Gate, message: str, code: str) -> None:
        """Let in who knows the code, and no scheduled job."""
        if not code:
            raise ValueError("a lock needs a permission code")
        # dates that an earlier lock left would let everybody in; these also end a forgotten one
        now = wall_clock().astimezone().replace(tzinfo=None)
        self._info.put("DeniedFrom", now - _WIDE)
        self._info.put("DeniedTo", now + _WIDE)
        self._info.put("DeniedMessage", message)
        self._info.put("PermissionCode", code)
        self._deny(sessions=True, jobs=True)
        gate("LOCKED")
        self._process.call("UpdateInfoBase", self._info)

    def open(self, gate: Gate, code: str, *, jobs_denied: bool) -> None:
        """Let everybody in, unless the lock is somebody else's by now; jobs are as they were."""
        is_shut = self._info.get("SessionsDenied") is True
        is_ours = is_shut and text_of(self._info.get("PermissionCode")) == code
        if not is_ours and self.jobs_denied == jobs_denied:
            return
        if is_ours:
            self._info.put("DeniedMessage", "")
            self._info.put("PermissionCode", "")
        self._deny(sessions=is_shut and not is_ours, jobs=jobs_denied)
        gate("UNLOCKED")
        self._process.call("UpdateInfoBase", self._info)

    def _deny(self, *, sessions: bool, jobs: bool) -> None:
        self._info.put("SessionsDenied", sessions)
        self._info.put("ScheduledJobsDenied", jobs)


def _infobase(process: Disp, ref: str) -> Disp:
    """The one of that name; its DBMS is empty for who is not its administrator."""
    found = process.call("GetInfoBases")
    for one in found if isinstance(found, tuple) else ():
        if isinstance(one, Disp) and text_of(one.get("Name")).casefold() == ref.casefold():
            if not text_of(one.get("DBMS")):
                raise InfobaseError(Code.AUTH_FAILED, "DBMS")
            return one
    raise InfobaseError(Code.BASE_NOT_FOUND, ref=ref)
