"""The disaster rehearsed: backup, work, everything destroyed, restored in both ways, compared."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.audit.actor import SYSTEM
from app.drill.archive import Archive
from app.drill.client import Client
from app.drill.problems import DrillFailed
from app.drill.server import Server, State
from app.drill.trade import ACTS, Sale, Trade
from app.kit import postgres
from app.kit.i18n import Sentence
from app.kit.migrate import upgrade
from app.kit.signing.keyring import create_master
from app.kit.signing.words import from_words, to_words
from app.upkeep import check, repair
from app.upkeep.backup.making import take
from app.upkeep.backup.place import Backup, Place
from app.upkeep.backup.restoring import Restoration, Restored, Wish

LIMIT: Final = 15 * 60
"""Seconds that bringing everything back may take."""
_OF_THE_CALENDAR: Final = "TRUST_ROOT_EXPIRES"
"""No restoration mends it, and no backup is the worse for it: the server's own health tells it."""
BEFORE: Final = 5
"""Sales before the backup."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the drill: what was done, how long it took, what there is to see."""

    name: str
    title: Sentence
    seconds: float
    detail: Sentence


@dataclass(frozen=True, slots=True)
class Figures:
    """What a drill shows in numbers."""

    operations: int
    lost_by_dump: int
    lost_by_wal: int
    restored_by_dump: float
    restored_by_wal: float

    @property
    def seconds(self) -> float:
        """Of the slower way."""
        return max(self.restored_by_dump, self.restored_by_wal)


class Course:
    """The steps in their order; everything happens below one folder, which is gone afterwards."""

    def __init__(self, operations: int) -> None:
        self._sales = max(1, operations // ACTS)
        self._stack = ExitStack()
        self._folder = Path(tempfile.mkdtemp(prefix="podkluch-drill-"))
        self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._folder.chmod(0o711)  # PostgreSQL refuses root: its own user has to get through
        self._seconds: dict[str, float] = {}
        self._lost: dict[str, int] = {}

    def run(self) -> Iterator[Step]:
        """Each step as it is done; DRILL_FAILED at the first that came out otherwise."""
        with self._stack:
            for name, title, act in self._steps():
                began = time.monotonic()
                detail = act()
                self._seconds[name] = time.monotonic() - began
                yield Step(name, title, self._seconds[name], detail)

    def figures(self) -> Figures:
        """After the last step."""
        took, words = self._seconds, self._seconds["master"]
        return Figures(
            operations=self._sales * ACTS + 1,
            lost_by_dump=self._lost["dump"],
            lost_by_wal=self._lost["wal"],
            restored_by_dump=words + took["dump"],
            restored_by_wal=words + took["wal"] + took["files"],
        )

    def _steps(self) -> Iterator[tuple[str, Sentence, Callable[[], Sentence]]]:
        yield "server", Sentence("Сервер с вендором", "A server with a vendor"), self._found
        yield "archive", Sentence("Архив WAL без потерь", "WAL archive, zero loss"), self._archive
        yield "backup", Sentence("Резервная копия", "Backup"), self._backup
        yield "work", Sentence("Работа после копии", "Work after the backup"), self._work
        yield "disaster", Sentence("Всё погибло", "Everything is destroyed"), self._destroy
        yield "master", Sentence("MASTER из слов", "MASTER from its words"), self._remember
        yield "dump", Sentence("Восстановлено из копии", "Restored from the dump"), self._from_dump
        yield "wal", Sentence("База до последней записи", "Database to the last write"), self._wal
        yield "files", Sentence("Остальное к этой базе", "The rest behind it"), self._from_wal

    def _found(self) -> Sentence:
        home, self._files = self._folder / "server", self._folder / "volume"
        self._words = to_words(create_master(home / "keys" / "master"))
        self._server = Server(home, self._files)
        self._stack.enter_context(self._server)
        upgrade(self._server.url)
        self._trade = Trade(self._server)
        self._first = self._trade.publish("1.0")
        self._before = [self._trade.sell() for _ in range(BEFORE)]
        self._client = Client(self._folder / "client", self._trade.connection())
        _expect(self._client.sees(self._server, self._first), "the client sees release 1.0")
        return Sentence(f"продаж: {BEFORE}, релиз 1.0", f"{BEFORE} sales, release 1.0")

    def _archive(self) -> Sentence:
        self._wal_archive = self._stack.enter_context(Archive(self._folder))
        self._wal_archive.begin(self._server)
        return Sentence("приёмник синхронный", "the receiver is synchronous")

    def _backup(self) -> Sentence:
        place = Place.prepared(self._folder / "backups", self._server.settings)
        server = self._server
        taken = take(
            server.url, server.engine, server.kit, place, keep=0, watch=lambda *_: _unseen()
        )
        self._taken = Backup(taken.folder)
        size = taken.manifest.size
        return Sentence(f"{size} Б, файлов {len(taken.manifest.files)}", f"{size} bytes")

    def _work(self) -> Sentence:
        self._after = [self._trade.sell() for _ in range(self._sales)]
        self._second = self._trade.publish("1.1")
        _expect(self._client.sees(self._server, self._second), "the client sees release 1.1")
        self._last = self._server.state()
        count = self._sales * ACTS + 1
        return Sentence(f"подтверждённых действий: {count}", f"{count} acknowledged acts")

    def _destroy(self) -> Sentence:
        self._server.destroy()
        return Sentence(
            "kill -9; базы, её папки и MASTER нет", "kill -9; database, folder and MASTER are gone"
        )

    def _remember(self) -> Sentence:
        self._master = self._folder / "returned" / "master"
        create_master(self._master, from_words(self._words))
        return Sentence("секрет тот же", "the secret is the same")

    def _from_dump(self) -> Sentence:
        """Everything else is taken for lost too, the files as well."""
        copy = self._folder / "copy"
        shutil.copytree(self._client.folder, copy)
        with Server(self._folder / "dumped", self._folder / "files", self._master) as server:
            done = self._restored(server, Wish())
            [mark], [vendor] = self._taken.manifest.vendors, done.vendors
            _expect((vendor.seq, vendor.at) == (mark.audit_seq, mark.audit_at), "time and seq")
            self._lost["dump"] = _events(self._last) - vendor.seq
            self._require_sound(server, self._before)
            _expect(self._client.at(copy).sees(server, self._first), "release 1.0 is signed")
            _expect(not self._client.at(copy).sees(server, self._second), "release 1.1 is lost")
        return Sentence(f"до события {vendor.seq}", f"up to event {vendor.seq}")

    def _wal(self) -> Sentence:
        self._recovered = self._folder / "recovered"
        self._recovered.mkdir()
        data = postgres.make_folder("postgres-", self._recovered)
        self._wal_archive.recover(data)
        (self._recovered / "postgres").symlink_to(data)
        with Server(self._recovered, self._files, self._master) as server:
            state = server.state()
            self._lost["wal"] = _events(self._last) - _events(state)
            _expect(state == self._last, "every row and every chain as acknowledged")
        return Sentence("все строки и цепочки те же", "all rows and chains are the same")

    def _from_wal(self) -> Sentence:
        """The volume of the files is another one than the database's, and is still there."""
        with Server(self._recovered, self._files, self._master) as server:
            done = self._restored(server, Wish(keep_database=True))
            self._require_sound(server, [*self._before, *self._after])
            _expect(self._client.sees(server, self._second), "release 1.1 is signed")
        [vendor] = done.vendors
        return Sentence(
            f"до события {vendor.seq}; активированные купоны не оживают",
            f"up to event {vendor.seq}; redeemed coupons stay redeemed",
        )

    def _restored(self, server: Server, wish: Wish) -> Restored:
        work = Restoration(server.url, server.engine, server.kit, self._taken, wish)
        done = work.run(lambda *_: _unseen(), actor=SYSTEM)
        require_sound(server)
        return done

    def _require_sound(self, server: Server, sales: list[Sale]) -> None:
        for sale in sales:
            _expect(self._trade.is_redeemed(server, sale), "redeemed coupons stay redeemed")
            _expect(self._trade.is_revealed(server, sale), "keys can be revealed")


def require_sound(server: Server, *, repaired: bool = True) -> int:
    """`check --full`, with repairs where that is allowed; how many files and events were read."""
    if repaired:
        for _, found in repair.repair(server.engine, server.kit, full=True):
            _expect(found.code != "ARTIFACT_MISSING", found.subject)
    read = 0
    for report in check.run(server.engine, server.kit, full=True, watch=lambda _: _unseen()):
        read += report.examined
        for found in report.findings:
            counts = found.weight == "fault" and found.code != _OF_THE_CALENDAR
            _expect(not counts, f"{found.code} {found.subject}")
    return read


def _events(state: State) -> int:
    """Acts on record; every acknowledged one is."""
    return sum(seq for _, seq, _ in state.heads)


def _expect(holds: bool, claim: str) -> None:  # noqa: FBT001 - the claim itself
    if not holds:
        raise DrillFailed(what=claim)


def _unseen() -> nullcontext[Callable[[int], None]]:
    return nullcontext(lambda _: None)
