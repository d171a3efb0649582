"""How to reach an infobase: what a session of 1C needs besides the agent itself."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from onec.connection import ConnectionString


class Activation(StrEnum):
    """How the COM connector is brought to life."""

    AUTO = "auto"  # the registry, and by path where that cannot do
    REGISTRY = "registry"
    PATH = "path"  # comcntr.dll of one platform build, registered or not


@dataclass(frozen=True, slots=True, repr=False)
class Administration:
    """The agent of a cluster of servers and who administers it; never shown."""

    address: str  # tcp://host:1540
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Administration({self.address})"


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """One infobase and the way in; holds a password, therefore it is never shown."""

    connection: ConnectionString  # with user and password, without an access code
    platform: str | None = None  # the exact build wanted; None: whatever is there
    activation: Activation = Activation.AUTO
    simulated: Path | None = None  # the folder of a simulated 1C in place of COM
    label: str | None = None  # how people call it; None: by its place
    administration: Administration | None = None  # of the cluster, where somebody named one

    def __repr__(self) -> str:
        return f"Target({self.connection})"
