"""A vendor's trust, made by the product's own ceremonies, and a stock TUF client of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from app.accounts.models import Vendor
from app.audit.actor import SYSTEM
from app.kit.db import UnitOfWork
from app.trust import queries
from app.trust.schemas import KeyRole, TrustBundle
from app.trust.service.ceremony import first_bundle, next_bundle
from app.trust.service.installing import install
from app.trust.service.publishing import Target, sign_targets
from app.trust.service.requests import first_request, next_request
from wire.trust import TargetCustom, TargetStatus, target_path

EXTENSION = "warehouse-helper"
CUSTOM = TargetCustom(
    ext=EXTENSION,
    name="СкладскойПомощник",
    uuid="0198c2a4-0000-7000-8000-000000000001",
    ver="2.4.0",
    file_ver="2.4.0",
    channel="stable",
    rules_v=1,
    rules=[{"configuration_name": "БухгалтерияПредприятия", "version_from": "3.0.150.0"}],
    purpose="customization",
    published_at="2026-11-22T09:00:00.000Z",
    status=TargetStatus.PUBLISHED,
)


def path_of(version: str) -> str:
    return target_path(EXTENSION, version)


def target(version: str, sha256: str = "ab" * 32, **changes: Any) -> Target:
    """A release of the one extension."""
    return Target(len(version), sha256, replace(CUSTOM, ver=version, file_ver=version, **changes))


def some_signers(count: int = 2) -> list[CryptoSigner]:
    return [CryptoSigner.generate_ed25519() for _ in range(count)]


@dataclass
class Trusted:
    """A vendor with a root, whose medium is in our hands."""

    session: UnitOfWork
    vendor: Vendor
    roots: Sequence[CryptoSigner] = field(default_factory=some_signers)

    def begin(self, threshold: int = 1) -> TrustBundle:
        """The first ceremony, installed."""
        request = first_request(self.session, self.vendor.id, actor=SYSTEM)
        now = self.session.now()
        return self.take(first_bundle(request, self.roots, threshold, now))

    def take(self, bundle: TrustBundle) -> TrustBundle:
        install(self.session, bundle, actor=SYSTEM)
        self.session.commit()
        return bundle

    def next(self, *rotate: KeyRole, held: Sequence[CryptoSigner] = (), **options) -> TrustBundle:
        """A later ceremony, not installed yet."""
        request = next_request(self.session, self.vendor.id, rotate, actor=SYSTEM)
        return next_bundle(request, held or self.roots, self.session.now(), **options)

    def publish(self, *versions: str) -> None:
        releases = {path_of(version): target(version) for version in versions}
        sign_targets(self.session, self.vendor.id, releases)
        self.session.commit()

    @property
    def row(self):
        return queries.ready_repository(self.session, self.vendor.id)

    def root(self) -> bytes:
        """root.json as a connection file brings it to an agent."""
        told = queries.connection_file(self.session, self.vendor.id)
        return json.dumps(told.root).encode()


class ThroughTheApplication(FetcherInterface):
    """Fetches what the server serves, and writes down what was asked for."""

    def __init__(self, client: Any) -> None:
        self.client, self.asked = client, []

    def _fetch(self, url: str) -> Iterator[bytes]:
        answer = self.client.get(url)
        self.asked.append((url.rpartition("/")[2], answer.status_code, len(answer.content)))
        if answer.status_code != 200:
            raise DownloadHTTPError("refused", answer.status_code)
        return iter([answer.content])


@dataclass
class Agent:
    """An installer with its own folder and the root that it pinned first."""

    folder: Path
    fetcher: FetcherInterface
    repository: str
    bootstrap: bytes

    def refreshed(self) -> Updater:
        """The client after a refresh; it reads its folder anew, as each start does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        updater = Updater(
            metadata_dir=str(self.folder),
            metadata_base_url=f"/tuf/{self.repository}/metadata/",
            target_dir=None,
            target_base_url=None,
            fetcher=self.fetcher,
            bootstrap=self.bootstrap,
        )
        updater.refresh()
        return updater

    def sees(self, version: str) -> TargetCustom | None:
        """What is signed about a release, if it is."""
        found = self.refreshed().get_targetinfo(path_of(version))
        return found and found.custom

    def versions(self) -> dict[str, int]:
        """The numbers of the files that it believes."""
        files = ("root", "timestamp", "snapshot", "targets", "releases")
        found = {name: self.folder / f"{name}.json" for name in files}
        return {
            name: json.loads(path.read_bytes())["signed"]["version"]
            for name, path in found.items()
            if path.exists()
        }


MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
