"""A vendor's program that publishes, and installers that see it, against servers that may die."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx2

from agent.client import Client
from agent.clock import Timing
from agent.download import Wanted, fetch
from agent.transport import Route
from agent.trust import LocalState, Repository, Said, Signed
from app.kit.config import Settings
from tests.factories.automation import VENDOR_API
from tests.factories.world import BUH, bearer
from tests.faults.service import ROOT, environment_of
from tests.waiting import PATIENCE
from wire.enrolment import Connection
from wire.extensions import (
    Download,
    DownloadRequest,
    InfobaseReference,
    InstalledConfiguration,
    OfferedArtifact,
)
from wire.licenses import ActivatedInfobase, ActivationRequest, LicenseCheckRequest
from wire.trust import target_path

EXTENSION = "warehouse-helper"
INFOBASE = "6f1f0a3e-9c1b-4a57-8d2e-3b7a5c90e412"
PERIOD = 0.1  # seconds between two looks of an agent


class Mortals:
    """The process that forks servers."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mortal_server"],
            cwd=ROOT,
            env=environment_of(settings, database_url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> "Mortal":
        """One more server; it answers already."""
        return Mortal(self, **self._ask("start"))

    def wait(self, pid: int) -> int:
        """The exit code of one that ends."""
        return self._ask(f"wait {pid}")

    def end(self) -> None:
        self._process.communicate(timeout=PATIENCE)
        assert self._process.returncode == 0

    def _ask(self, what: str):
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@dataclass(frozen=True)
class Mortal:
    """A server that is killed at the call it is told."""

    family: Mortals
    url: str
    pid: int

    def doom(self, when: str, place: int) -> None:
        """Counts its calls from here on."""
        httpx2.put(f"{self.url}/api/doom/{when}/{place}").raise_for_status()

    def heard(self) -> list[str]:
        """The calls since then."""
        return httpx2.get(f"{self.url}/api/heard").raise_for_status().json()

    def ended(self) -> int:
        """The exit code, when it has ended."""
        return self.family.wait(self.pid)


class Program:
    """A vendor's own program: repeats what it got no answer to, and nothing is done twice."""

    def __init__(self, url: str, token: str) -> None:
        self._base, self._headers = f"{url}{VENDOR_API}/releases", bearer(token)

    def publish(self, version: str, data: bytes) -> str:
        """Draft, file, publication; the id of the release."""
        with httpx2.Client(headers=self._headers, timeout=60) as http:
            told = {"extension": EXTENSION, "version": version, "notes_ru": "Новое", "rules": [BUH]}
            once = {"Idempotency-Key": f"publish-{version}"}
            made = self._good(http.post(self._base, json=told, headers=once))
            place = f"{self._base}/{made.json()['id']}"
            card = self._good(http.get(place))
            if card.json()["status"] == "draft":
                matching = {"If-Match": card.headers["ETag"]}
                self._good(http.put(f"{place}/artifact", content=data, headers=matching))
                self._good(http.post(f"{place}/publish", json={}))
            return made.json()["id"]

    @staticmethod
    def _good(answer: httpx2.Response) -> httpx2.Response:
        assert answer.is_success, answer.text
        return answer


class Strict(Timing):
    """Nothing has to be asked for twice."""

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"the agent tries again in {seconds} s")


@dataclass
class Installer:
    """The agent's own code below its commands: trust, rights, downloads."""

    client: Client
    folder: Path
    pin: Connection

    @classmethod
    @contextmanager
    def at(cls, url: str, key: str, folder: Path, pin: Connection) -> Iterator[Self]:
        client = Client(Route(url, timing=Strict()), key)
        try:
            yield cls(client, folder, pin)
        finally:
            client.close()

    def sit(self) -> None:
        """Takes a seat, whose token allows downloads."""
        infobase = ActivatedInfobase(INFOBASE, "Бухгалтерия", "file")
        asked = ActivationRequest(EXTENSION, infobase, "SRV-1C", "Администратор", "1.0.0")
        self._seat = self.client.activate(asked).installation_token

    def signed(self, version: str, state: str = "trust") -> Signed:
        """What is signed about a release, after a refresh not older than the server's own word."""
        told = self.client.check_license(LicenseCheckRequest(None))
        local = LocalState(self.folder / state, self.pin)
        repository = Repository(local, self.client.transport, lambda _: None)
        return repository.signed(
            Said(told.trust, told.server_time), target_path(EXTENSION, version)
        )

    def right(self, release: str) -> Download:
        """The right to fetch the file of a release."""
        asked = DownloadRequest(
            release,
            InfobaseReference(INFOBASE),
            InstalledConfiguration("БухгалтерияПредприятия", "3.0.150.34"),
        )
        return self.client.request_download(asked, self._seat)

    def fetched(self, version: str, release: str) -> bytes:
        """The verified file, as an agent sees the server for the first time."""
        signed = self.signed(version, f"trust-{version}")
        artifact, right = (
            OfferedArtifact(signed.sha256, signed.size, signed.path),
            self.right(release),
        )
        wanted = Wanted(artifact, right, no_new_right, signed.receive, lambda _: None)
        return fetch(self.client, self.folder / "cache", wanted).read_bytes()


def no_new_right() -> Download:
    raise AssertionError("the secret is good for a day")


@dataclass
class Watch:
    """Looks at one release over and over; whatever is not in order is an error."""

    look: Callable[[], int]
    seen: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=PATIENCE)

    def _run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            try:
                self.seen.append(self.look())
            except Exception as error:  # noqa: BLE001 - whatever it is, an agent has met it
                self.errors.append(repr(error))
            self._over.wait(began + PERIOD - time.monotonic())
