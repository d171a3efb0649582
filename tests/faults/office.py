"""A server with several vendors, each with a root that `podkluch trust` made on a medium."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from app.cli import runtime
from app.cli.__main__ import app
from app.kit.clock import utc_now
from app.kit.config import Settings
from app.kit.db import Kit, make_engine
from app.kit.signing.keyring import create_master
from app.trust import queries
from onec.cfe_writer import make_cfe
from tests.factories.automation import VENDOR_API, a_token
from tests.factories.kit import MASTER, a_kit
from tests.factories.world import BUH, bearer, make_world
from tests.faults.computers import Computer
from tests.faults.middleman import Middleman
from tests.faults.service import Service
from tests.faults.stage import Stage
from tests.simulators.bench import EXTENSION

PHRASE = "верная лошадь, батарея"
FIRST, SECOND = "2.4.0", "2.5.0"


class Office:
    """The server, its line to agents, and the command line of who runs it."""

    def __init__(self, url: str, folder: Path, middleman: Middleman) -> None:
        self.folder, self.middleman = folder, middleman
        data = folder / "data"
        settings = Settings(environment="test", data=data)
        self.url, self.engine = url, make_engine(url, settings)
        self.service = Service(url, data, environment="test")
        self.ago = timedelta()
        self._prefixes = ("".join(word) for word in product("ABCDEFGHIJ", repeat=4))
        self.kit = a_kit(settings, self.now)
        self._environment = {
            "PODKLUCH_ENVIRONMENT": "test",
            "PODKLUCH_DATA": str(data),
            "PODKLUCH_DATABASE_URL": url,
            "PODKLUCH_CONFIG": None,
            "LC_ALL": "ru_RU.UTF-8",
        }
        create_master(data / "keys" / "master", MASTER)

    def now(self) -> datetime:
        """The clock of who acts here; the server has its own."""
        return utc_now() - self.ago

    @contextmanager
    def days_ago(self, days: int) -> Iterator[None]:
        """What is done here was done that long ago."""
        self.ago = timedelta(days=days)
        yield
        self.ago = timedelta()

    def start(self) -> None:
        """The server runs, and agents reach it."""
        self.service.start()
        self.middleman.upstream = self.service.url

    def close(self) -> None:
        self.service.kill()
        self.engine.dispose()

    def podkluch(self, *arguments: object, typed: int = 2, code: int = 0) -> dict[str, Any]:
        """What a command says as it ends with a code; the passphrase is typed so many times."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runtime, "Kit", partial(Kit, clock=self.now))
            done = CliRunner().invoke(
                app,
                [*map(str, arguments), "--json"],
                input=f"{PHRASE}\n" * typed,
                env=self._environment,
            )
        assert done.exit_code == code, done.output or done.exc_info
        # Questions go to stderr, and so does whatever a library logs.
        return json.loads(done.stdout) if done.stdout else {}

    def vendor(self) -> "Vendor":
        """One more vendor, whose root of trust lies on a medium of its own."""
        prefix = next(self._prefixes)
        with runtime.transaction(self.engine, self.kit) as session:
            world = make_world(session, prefix, root=False)
            token = a_token(session, world.vendor.id)
        stage = Stage(self.url, self.engine, self.kit, world)
        made = Vendor(self, prefix.lower(), stage, token)
        made.medium.parent.mkdir()
        made.trust("init", "--local", "--keys", made.medium)
        return made


@dataclass
class Vendor:
    """One vendor of the office; `stage` is its rows."""

    office: Office
    slug: str
    stage: Stage
    token: str
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.office.folder / self.slug

    @property
    def medium(self) -> Path:
        """Where the keys of its root lie."""
        return self.folder / "medium"

    def do(self, *arguments: object, typed: int = 2) -> dict[str, Any]:
        """A command about this vendor."""
        return self.office.podkluch(*arguments, "--vendor", self.slug, typed=typed)

    def trust(self, *arguments: object, typed: int = 2) -> dict[str, Any]:
        return self.do("trust", *arguments, typed=typed)

    def cfe(self, version: str) -> Path:
        """A file of the extension."""
        if version not in self.files:
            path = self.folder / "files" / f"{version}.cfe"
            path.parent.mkdir(exist_ok=True)
            data = make_cfe(
                *("СкладскойПомощник", "Складской помощник", version, "Вектор", "СП_"),
                pad_entries=20,
            )
            path.write_bytes(data)
            self.files[version] = path
        return self.files[version]

    def publish(self, version: str, verb: str = "publish") -> dict[str, Any]:
        """A release of that version, or its draft by the verb `create`."""
        rules = self.folder / "rules.json"
        rules.write_text(json.dumps({"rules": [BUH]}), encoding="utf-8")
        told = ("--extension", EXTENSION, "--rules", rules, "--notes-ru", "Новое")
        return self.do("release", verb, self.cfe(version), *told)

    def mirror(self) -> Mapping[str, bytes]:
        """Everything signed that there is now, as a mirror keeps it."""
        folder = self.folder / f"mirror-{self.office.ago.days}"
        self.trust("export", folder)
        return {path.name: path.read_bytes() for path in folder.rglob("*.json")}

    @property
    def repository(self) -> str:
        return str(self.trust("status")["repository"])

    def connection(self) -> Path:
        """The file for clients; it leads through the middleman."""
        file = self.folder / "vendor.podkluch"
        self.trust("connection", "--out", file, "--server", self.office.middleman.url)
        return file

    def computer(self) -> Computer:
        """A client with a paid key and nothing installed."""
        [key] = self.stage.sold(1)
        return Computer(self.folder / "computer", self.connection(), key)

    def rotate(self, *roles: str) -> dict[str, Any]:
        """Other keys of the server, which the next root names."""
        named = [word for role in roles for word in ("--role", role)]
        return self.trust("rotate", *named, "--keys", self.medium)

    def hand_over(self) -> None:
        """Releases are signed on the vendor's own computer from now on."""
        asked, given, signed = (self.folder / name for name in ("asked", "given", "signed"))
        self.trust("request", "--to-vendor", "--out", asked)
        self.sign(asked, given)
        renewed = ("--request", given, "--keys", self.medium, "--out", signed)
        self.office.podkluch("trust", "renew", *renewed)
        assert self.office.podkluch("trust", "install", signed)["mode"] == "vendor_held"

    def server_signs(self) -> set[str]:
        """The active keys whose private part the server has."""
        with self.stage.acting() as world:
            row = queries.ready_repository(world.session, world.vendor.id)
            keys = queries.active_keys(world.session, row.id)
            return {role.value for role, key in keys.items() if key.sealed_private is not None}

    def sign(self, paper: Path, out: Path, code: int = 0) -> dict[str, Any]:
        """`podkluch sign`, on the vendor's own computer."""
        own = ("--keys", self.folder / "own", "--files", self.folder / "files")
        return self.office.podkluch("sign", paper, *own, "--out", out, "--yes", code=code)

    def sign_and_publish(self, *drafts: str) -> None:
        """Drafts out, a signature back."""
        paper, signed = self.folder / "paper", self.folder / "paper.signed"
        self.do("release", "hand-out", *drafts, "--out", paper)
        self.sign(paper, signed)
        self.do("release", "take-back", signed)

    def report(self, operation: str) -> dict[str, Any]:
        """What support sees of an operation."""
        url = f"{self.office.service.url}{VENDOR_API}/install-reports"
        found = httpx2.get(url, headers=bearer(self.token)).json()["data"]
        [report] = [row for row in found if row["operation_id"] == operation]
        return report
