"""Downloads against static files of nginx: behind nginx by X-Accel-Redirect, and without it."""

import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

import httpx2
import psycopg

from app.kit.signing import lookup_digest, new_secret
from app.kit.storage.port import place
from tests.bench.asking import API
from tests.bench.catalogue import Placed
from tests.bench.contest import Hall, Side, cpu, rps
from tests.bench.load import Request, request
from tests.bench.measure import BrokenRunError, Figure
from tests.bench.numbering import MAIN_LINES, ident
from tests.bench.servers import Server, accelerated, ours, static
from tests.bench.store import Base

MEGABYTE = 1_000_000
_KEYS = """
SELECT k.id, k.customer_id, a.id FROM license_keys AS k
JOIN entitlements AS e ON e.key_id = k.id AND e.product_id = %s
JOIN activations AS a ON a.entitlement_id = e.id AND a.status = 'active'
WHERE k.vendor_id = (SELECT id FROM bench_vendors WHERE number = 1) AND k.status = 'active'
ORDER BY k.id LIMIT 2000
"""
_ROW = """
INSERT INTO downloads (id, vendor_id, created_at, digest, artifact_id, release_id, extension_id,
    key_id, customer_id, activation_id, status, expires_at)
SELECT gen_random_uuid(), id, now(), %s, %s, %s, %s, %s, %s, %s, 'issued', now() + interval '1 day'
FROM bench_vendors WHERE number = 1
"""
_STARTED = "SELECT count(*) FROM downloads WHERE digest = ANY(%s) AND status = 'started'"


@dataclass(frozen=True, slots=True)
class File:
    """A file of some size, as a release of the main vendor and as a static one."""

    size: int
    release: int
    sha256: str

    @classmethod
    def of_dataset(cls, release: int) -> Self:
        """The tiny one that a release of the dataset has."""
        content = Placed(release, 1, 0, 0).content
        return cls(len(content), release, sha256(content).hexdigest())

    @property
    def line(self) -> int:
        """The extension of the release."""
        return 1 + (self.release - 1) % MAIN_LINES

    @property
    def path(self) -> str:
        return f"{API}/artifacts/{self.sha256}"


class Shelf:
    """Files of the sizes that are measured, in the place of files of the dataset."""

    def __init__(self, base: Base) -> None:
        self.base = base

    def file(self, size: int, line: int) -> File:
        """Random bytes as the newest release of a line."""
        content = random.Random(size).randbytes(size)  # noqa: S311 - nothing secret
        digest = sha256(content).hexdigest()
        path = self.base.place.data / "artifacts" / place(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        release = (self.base.dataset.scale.ordinals(1) - 1) * MAIN_LINES + line
        with psycopg.connect(self.base.dataset.url) as connection:
            connection.execute(
                "UPDATE artifacts SET sha256 = %s, size = %s WHERE id = %s",
                [digest, size, ident("06", release)],
            )
            connection.execute(
                "UPDATE vendors SET catalogue_version = catalogue_version + 1"
                " WHERE id = (SELECT id FROM bench_vendors WHERE number = 1)"
            )
        return File(size, release, digest)

    def issue(self, file: File, number: int) -> list[str]:
        """Secrets of so many fresh downloads, of many keys in turn."""
        return [secret for secret, _ in self.issued_to(file, number)]

    def issued_to(self, file: File, number: int) -> list[tuple[str, str]]:
        """The same with the keys."""
        secrets = [new_secret("pkd_") for _ in range(number)]
        with psycopg.connect(self.base.dataset.url) as connection:
            holders = connection.execute(_KEYS, [ident("01", file.line)]).fetchall()
            what = [ident("06", file.release), ident("05", file.release), ident("04", file.line)]
            given = [(secret, holders[at % len(holders)]) for at, secret in enumerate(secrets)]
            with connection.cursor() as cursor:
                rows = [[lookup_digest(secret), *what, *holder] for secret, holder in given]
                cursor.executemany(_ROW, rows)
        return [(secret, str(holder[0])) for secret, holder in given]

    def started(self, secrets: Sequence[str]) -> int:
        """How many of them have been fetched, as the rows say."""
        with psycopg.connect(self.base.dataset.url) as connection:
            digests = [lookup_digest(secret) for secret in secrets]
            return connection.execute(_STARTED, [digests]).fetchone()[0]


def figures(hall: Hall, base: Base, folder: Path, modes: Sequence[str]) -> Iterator[Figure]:
    """5 MB and 50 MB behind nginx, 5 MB without it."""
    shelf = Shelf(base)
    small, large = shelf.file(5 * MEGABYTE, 1), shelf.file(50 * MEGABYTE, 2)
    with _files(folder, base, (small, large)) as files:
        if "accel" in modes:
            with accelerated(base.place, folder) as front:
                yield from _one(hall, shelf, front, files, small, "download.accel.5mb")
                yield from _one(hall, shelf, front, files, large, "download.accel.50mb")
        if "direct" in modes:
            with ours(base.place, "direct") as alone:
                yield from _one(hall, shelf, alone, files, small, "download.direct.5mb")


@contextmanager
def _files(folder: Path, base: Base, wanted: Sequence[File]) -> Iterator[Server]:
    root = folder / "static"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for file in wanted:
        (root / file.sha256).hardlink_to(base.place.data / "artifacts" / place(file.sha256))
    with static(folder, root) as server:
        yield server


def _one(
    hall: Hall, shelf: Shelf, server: Server, files: Server, file: File, name: str
) -> Iterator[Figure]:
    hall.say(name)
    _compare(shelf, server, files, file)
    most = 3_000 if file.size < 10 * MEGABYTE else 600
    number = int(most * hall.seconds * (hall.pairs + 1) / 4) + 500
    secrets = shelf.issue(file, number)
    plan = hall.client.keep(name, [request("GET", file.path, secret) for secret in secrets])
    plain = hall.client.keep("static", [Request(f"GET /{file.sha256} HTTP/1.1\r\nHost: a\r\n\r\n")])
    side = Side(server, plan, 4, number)
    found = hall.contest(side, Side(files, plain, 4))
    if shelf.started(secrets) != side.at:
        raise BrokenRunError(f"{name}: {side.at} answers, {shelf.started(secrets)} records")
    yield found.figure(name, rps)
    yield found.figure(f"{name}.cpu", cpu, "B")


def _compare(shelf: Shelf, server: Server, files: Server, file: File) -> None:
    """The bytes are the same, and the record is there, before anything is timed."""
    [secret] = shelf.issue(file, 1)
    mine = httpx2.get(
        server.url + file.path, headers={"Authorization": f"Bearer {secret}"}, timeout=60
    )
    other = httpx2.get(f"{files.url}/{file.sha256}", timeout=60)
    for answer in (mine, other):
        if answer.status_code != 200 or sha256(answer.content).hexdigest() != file.sha256:
            raise BrokenRunError(f"{answer.url.path}: {answer.status_code}, other bytes")
    if not shelf.started([secret]):
        raise BrokenRunError("a download left no record")
