"""How long 1C may take, before its process is ended."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds; an extension of 371 KB took 41 s to write, a server that is not there 33 s."""

    create: float = 15.0
    connect: float = 120.0
    probe: float = 60.0  # any question without a group of its own
    check: float = 180.0
    write: float = 900.0
    delete: float = 600.0
    refresh: float = 600.0
    cluster: float = 30.0

    def of(self, call: str) -> float:
        """The seconds of a call of the port."""
        return float(getattr(self, _GROUPS.get(call, "probe")))


NAMES = tuple(field.name for field in fields(Timeouts))
_GROUPS = {
    "issues": "check",
    "read": "check",
    "create": "write",
    "replace": "write",
    "set_properties": "write",
    "delete": "delete",
    "refresh_parameters": "refresh",
    "terminate": "cluster",
    "jobs_denied": "cluster",
    "deny": "cluster",
    "allow": "cluster",
}
