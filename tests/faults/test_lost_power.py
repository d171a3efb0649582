"""The power goes after any call of the disk: what was acknowledged is there, nothing is half there.

What a disk keeps of a file are the bytes that were made durable; what it keeps of a folder are the
names that were made durable. Of all others any part may survive: here none of them, or all.
"""

import hashlib
import random
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.kit.storage import LocalStore, digest_of
from tests.faults.wrap import Disk, wrapped

pytestmark = pytest.mark.fault
LOADS = [[b"a" * 3_000], [b"b" * 70_000, b"c" * 70_000], [b"a" * 3_000], [b"", b"d"]]


@dataclass
class Forgetful:
    """A disk as the calls leave it: files with their bytes, and names, durable or not yet."""

    durable: dict[Path, bytes] = field(default_factory=dict)
    """By identity of the file: the bytes that survive."""
    names: dict[Path, Path | None] = field(default_factory=dict)
    """By name: the file it stands for on the disk; None for a folder."""
    pending: list[tuple[Path, Path, Path | None]] = field(default_factory=list)
    """Changes of names that are only in memory: folder, name, file (itself: it goes)."""
    now: dict[Path, Path] = field(default_factory=dict)
    """By name: the file it stands for in memory."""

    def hear(self, disk: Disk, name: str, arguments: tuple, result: object) -> None:
        target = arguments[0]
        path = disk.descriptors.get(target if isinstance(target, int) else result, target)
        getattr(self, f"_{name}", lambda *_: None)(Path(path), arguments)

    def _open(self, path: Path, _: tuple) -> None:
        if not path.is_dir() and path not in self.now:
            self.now[path] = path
            self.pending.append((path.parent, path, path))

    def _mkdir(self, path: Path, _: tuple) -> None:
        self.pending.append((path.parent, path, None))

    def _replace(self, path: Path, arguments: tuple) -> None:
        target = Path(arguments[1])
        self.now[target] = self.now.pop(path)
        self.pending.append((path.parent, path, path.parent))
        self.pending.append((target.parent, target, self.now[target]))

    def _fsync(self, path: Path, _: tuple) -> None:
        if path.is_dir():
            for change in [each for each in self.pending if each[0] == path]:
                self._write_down(*change)
                self.pending.remove(change)
        else:
            self.durable[self.now[path]] = path.read_bytes()

    def _write_down(self, folder: Path, name: Path, file: Path | None) -> None:
        if file == folder:
            self.names.pop(name, None)
        else:
            self.names[name] = file

    def after_the_cut(self, root: Path, copy: Path, *, lucky: bool) -> None:
        """What a new start finds; with luck the names survive that nobody had made durable."""
        kept = Forgetful(names=dict(self.names))
        for change in self.pending if lucky else ():
            kept._write_down(*change)
        for name, file in sorted(kept.names.items()):
            place = copy / name.relative_to(root)
            if not place.parent.is_dir():
                continue  # a name in a folder that itself was forgotten
            if file is None:
                place.mkdir(exist_ok=True)
            else:
                place.write_bytes(self.durable.get(file, b""))


class OutError(BaseException):
    """The power is gone."""


def cut_after(place):
    def act(call, _):
        if call == place:
            raise OutError

    return act


def upload_until(root, place, loads=LOADS):
    """Uploads everything until the power goes: what was acknowledged, and the disk."""
    power, acknowledged, store = Forgetful(), [], LocalStore(root / "artifacts")
    disk = Disk(root, after=cut_after(place))
    disk.heard = lambda *told: power.hear(disk, *told)
    with wrapped(disk), suppress(OutError):
        for load in loads:
            acknowledged += [store.put(load).sha256]
        return acknowledged, power, False
    return acknowledged, power, True


def random_loads(seed):
    """Files of some pieces each, one of them twice."""
    chance = random.Random(seed)  # noqa: S311 - has to be repeatable
    loads = [
        [chance.randbytes(chance.randrange(150_000)) for _ in range(chance.randint(1, 4))]
        for _ in range(chance.randint(2, 5))
    ]
    return [*loads, chance.choice(loads)]


@pytest.mark.fault(minutes=1)
def test_power_may_go_after_any_call(tmp_path, rounds):
    others = [random_loads(seed) for seed in range(rounds(ci=0, campaign=20))]
    for number, loads in enumerate([LOADS, *others]):
        folder = tmp_path / str(number)
        folder.mkdir()
        require_nothing_lost(folder, loads)


def require_nothing_lost(tmp_path, loads):
    """Each call of the disk in its turn is the last one."""
    place, cut = 0, True
    while cut:
        place += 1
        root = tmp_path / f"run{place}"
        root.mkdir()
        acknowledged, power, cut = upload_until(root, place, loads)
        for lucky in (False, True):
            copy = tmp_path / f"copy{place}{lucky}"
            copy.mkdir()
            power.after_the_cut(root, copy, lucky=lucky)
            store = LocalStore(copy / "artifacts")
            found = list(store.digests())
            assert set(acknowledged) <= set(found)
            assert [digest_of(store, each) for each in found] == found
            store.put(loads[1])
    assert acknowledged == [hashlib.sha256(b"".join(load)).hexdigest() for load in loads]
    assert place > 10 * len(loads)


@pytest.mark.parametrize("forgotten", ["file", "folder"])
def test_without_a_sync_something_acknowledged_is_lost(tmp_path, monkeypatch, forgotten):
    """The test of the test: a store that syncs less does not pass."""
    if forgotten == "file":
        monkeypatch.setattr(Forgetful, "_fsync", only(Path.is_dir))
    else:
        monkeypatch.setattr(Forgetful, "_fsync", only(Path.is_file))
    root, copy = tmp_path / "run", tmp_path / "copy"
    root.mkdir()
    copy.mkdir()
    acknowledged, power, _ = upload_until(root, 10_000)
    power.after_the_cut(root, copy, lucky=False)
    store = LocalStore(copy / "artifacts")
    whole = [each for each in acknowledged if store.size(each) and digest_of(store, each) == each]
    assert len(whole) < len(acknowledged)


def only(wanted, real=Forgetful._fsync):
    def fsync(self, path, arguments):
        if wanted(path):
            real(self, path, arguments)

    return fsync
