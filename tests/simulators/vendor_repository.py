"""A vendor's signed repository in memory, honest until a test makes it lie.

Keys, roles and versions are real, so whatever the agent accepts or refuses here it would
accept or refuse from a server.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from onec.cfe import BadCfe, read_cfe
from tests.factories.cfe import ROOT_UUID
from wire.enrolment import ConnectionVendor, build, dumps
from wire.trust import InstallFlag, TargetCustom, TargetStatus, write_custom

ROLES = {"releases": "ext/*/*/*", "online": "trust/*"}
VENDOR = ConnectionVendor("0198c2a4-0000-7000-8000-000000000001", "ООО «Ромашка»")


def signer():
    return CryptoSigner.generate_ed25519()


def in_days(days):
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)


class VendorRepository:
    """`files` is what a server gives; `publish` signs anew and bumps every version."""

    def __init__(self, number=0):
        self.id = base64.urlsafe_b64encode(bytes(range(number, number + 16))).decode().rstrip("=")
        self.keys = SimpleNamespace(root=signer(), release=signer(), online=signer())
        self.files: dict[str, bytes] = {}
        self.roots: list[Metadata] = []
        self.releases, self.online = Targets(expires=in_days(3650)), Targets(expires=in_days(3650))
        self.top = None
        self.version = 0
        self.timestamp_days = 30
        self.add_root()
        self.publish()

    # The honest vendor

    def add_root(self, *signers, days=730):
        """The next root, with the keys of now, signed by them and by those of before."""
        root = Root(version=len(self.roots) + 1, expires=in_days(days), consistent_snapshot=True)
        for role, key in (
            ("root", self.keys.root),
            ("targets", self.keys.root),
            ("snapshot", self.keys.online),
            ("timestamp", self.keys.online),
        ):
            root.add_key(key.public_key, role)
        metadata = Metadata(root)
        for each in (self.keys.root, *signers):
            metadata.sign(each, append=True)
        self.roots.append(metadata)
        self.files[f"{root.version}.root.json"] = metadata.to_bytes()
        self.top = None

    def target(self, path, data, custom: TargetCustom):
        """Say what is signed about a file; `publish` signs it."""
        file = TargetFile.from_data(path, data, ["sha256"])
        file.unrecognized_fields["custom"] = write_custom(custom)
        self.releases.targets[path] = file

    def publish(self, release_signer=None):
        """Sign everything that may have changed, with a greater version each."""
        self.version = max(self.version + 1, int(datetime.now(UTC).timestamp()) // 60)
        if self.top is None:
            self.top = self._delegations()
        self.releases.version = self.version
        self._put("releases", self.releases, release_signer or self.keys.release)
        self.online.version = self.version
        self._put("online", self.online, self.keys.online)
        roles = {"targets": self.top.version, "releases": self.version, "online": self.version}
        meta = {f"{name}.json": MetaFile(version) for name, version in roles.items()}
        self._put("snapshot", Snapshot(self.version, expires=in_days(3650), meta=meta))
        self.sign_timestamp()

    def sign_timestamp(self, days=None):
        days = self.timestamp_days if days is None else days
        timestamp = Timestamp(
            self.version, expires=in_days(days), snapshot_meta=MetaFile(self.version)
        )
        metadata = Metadata(timestamp)
        metadata.sign(self.keys.online)
        self.files["timestamp.json"] = metadata.to_bytes()

    def replace(self, *roles):
        """New keys for these roles, by a new root that the old root key signs too."""
        before = self.keys.root
        for role in roles:
            setattr(self.keys, role, signer())
        self.add_root(before)
        self.publish()

    def connection(self, server, key=None):
        """The bytes of the connection file."""
        root = json.loads(self.files["1.root.json"])
        return dumps(build(server, VENDOR, self.id, root, key))

    # The rest

    def _delegations(self):
        version = self.version
        keys = {
            "releases": self.keys.release.public_key,
            "online": self.keys.online.public_key,
        }
        roles = {
            name: DelegatedRole(
                name, [keys[name].keyid], threshold=1, terminating=True, paths=[paths]
            )
            for name, paths in ROLES.items()
        }
        delegations = Delegations({key.keyid: key for key in keys.values()}, roles)
        top = Targets(version, expires=in_days(3650), delegations=delegations)
        self._put("targets", top, self.keys.root)
        return top

    def _put(self, role, signed, key=None):
        metadata = Metadata(signed)
        metadata.sign(key or self.keys.online)
        self.files[f"{signed.version}.{role}.json"] = metadata.to_bytes()


def custom_of(release):
    """What an honest vendor signs about a release that a server offers."""
    flags = [flag for flag in InstallFlag if release.install.get(flag.value)]
    said = {
        "ext": release.extension, "name": release.onec_name, "uuid": _uuid(release.data),
        "ver": release.version, "file_ver": release.file_version, "channel": "stable",
        "rules_v": 1, "rules": [_rule(release.verdict)], "purpose": "customization",
        "published_at": "2026-11-22T09:00:00.000Z", "status": TargetStatus.PUBLISHED,
        "flags": flags, "conflicts": release.install.get("conflicts_with", []),
        "requires": release.install.get("requires", []),
    }  # fmt: skip
    for name in said.keys() & release.install.keys():
        said[name] = release.install[name]
    return TargetCustom(**{**said, **release.signed})


def _rule(verdict):
    """A row that any configuration meets with this verdict."""
    rule = {"editions": ["base", "prof", "corp"]}
    if verdict == "untested":
        rule["tested_to"] = "0.0.0.1"
    if verdict == "incompatible":
        rule["effect"] = "deny"
    return rule


def _uuid(data):
    try:
        return read_cfe(data).root_uuid
    except BadCfe:
        return ROOT_UUID
