"""What the machine says of itself and of our processes, read from /proc."""

import os
import platform
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds of one instant."""

    server: float
    database: float
    machine: float
    """Everybody together."""
    ours: float
    """Servers, database, load client and this process."""

    def since(self, before: "Usage") -> "Usage":
        return Usage(
            self.server - before.server,
            self.database - before.database,
            self.machine - before.machine,
            self.ours - before.ours,
        )


def tree(root: int) -> list[int]:
    """A process and everything below it."""
    children: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError, IndexError):
            children.setdefault(_parent(folder), []).append(int(folder.name))
    found, wait = [], [root]
    while wait:
        process = wait.pop()
        found.append(process)
        wait += children.get(process, ())
    return found


def _fields(folder: Path) -> list[str]:
    # Behind the name, which may hold blanks and brackets.
    return (folder / "stat").read_text().rpartition(")")[2].split()


def _parent(folder: Path) -> int:
    return int(_fields(folder)[1])


def cpu(root: int) -> float:
    """Seconds that a tree has used so far, with what ended children had used."""
    total = 0
    for process in tree(root):
        with suppress(OSError):  # ended in the meantime: its parent has inherited its time
            total += sum(map(int, _fields(PROC / str(process))[11:15]))
    return total / TICK


def own_cpu(root: int) -> float:
    """As `cpu`, without children that ended and with none that live."""
    return sum(map(int, _fields(PROC / str(root))[11:13])) / TICK


def busy() -> float:
    """CPU seconds that the machine has spent on anything but idling."""
    fields = [int(each) for each in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICK


def usage(servers: Iterable[int], database: int, others: Iterable[int] = ()) -> Usage:
    """What has been used up to now."""
    server, base = sum(map(cpu, servers)), cpu(database)
    rest = sum(map(cpu, others)) + own_cpu(os.getpid())
    return Usage(server, base, busy(), server + base + rest)


def rss(root: int) -> int:
    """Bytes of memory of one process."""
    return int((PROC / str(root) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(root: int) -> int:
    """Open files of one process."""
    return len(list((PROC / str(root) / "fd").iterdir()))


def threads(root: int) -> int:
    """Threads of one process."""
    return int(_fields(PROC / str(root))[17])


def load() -> float:
    """How many wanted to run in the last minute."""
    return os.getloadavg()[0]


def cores() -> int:
    return len(os.sched_getaffinity(0))


def described() -> dict[str, object]:
    """What a figure has to be read with."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in (PROC / "cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = int((PROC / "meminfo").read_text().split()[1]) * 1024
    return {
        "cores": cores(),
        "processor": model,
        "memory_bytes": memory,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average": list(os.getloadavg()),
    }
