"""The layout of every repository: roles, paths, dates, versions, and what a root may say."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from securesystemslib.signer import Key
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Role, Root, Targets
from tuf.api.serialization import MetadataSerializer

from app.kit.i18n import N_
from app.kit.signing.ed25519 import key_of
from app.trust.models import MetadataRole
from app.trust.schemas import KeyRole
from wire.trust import fingerprint

LIFETIMES: Final[Mapping[str, timedelta]] = {
    MetadataRole.ROOT: timedelta(days=730),
    MetadataRole.TARGETS: timedelta(days=3_650),
    MetadataRole.RELEASES: timedelta(days=3_650),
    MetadataRole.ONLINE: timedelta(days=3_650),
    MetadataRole.SNAPSHOT: timedelta(days=3_650),
    MetadataRole.TIMESTAMP: timedelta(days=30),
}
"""Two dates need care: the root's, and the timestamp's, which the server signs anew every day."""
DELEGATIONS: Final[Mapping[str, tuple[KeyRole, str]]] = {
    MetadataRole.RELEASES: (KeyRole.RELEASE, "ext/*/*/*"),
    MetadataRole.ONLINE: (KeyRole.ONLINE, "trust/*"),
}
"""Whose key signs a delegated role, and for which paths it alone speaks."""
_MINUTE: Final = 60
_OTHERWISE = N_("its keys, thresholds or paths are not as this program lays them out")
_NOT_NEXT = N_("its root is not the next one: it is installed already, or one before it is missing")


class LayoutError(ValueError):
    """Signed metadata that our agents should not be given; the text is a message id."""


@dataclass(frozen=True, slots=True)
class Holders:
    """The keys of a repository: ROOT with its threshold, and one for each role of the server."""

    roots: Sequence[Key]
    threshold: int
    online: Key
    release: Key

    def of(self, role: KeyRole) -> Key:
        """The key of a role."""
        return self.online if role is KeyRole.ONLINE else self.release


class Compact(MetadataSerializer):
    """JSON without spaces and without escapes: Cyrillic takes two bytes instead of six."""

    def serialize(self, metadata_obj: Metadata[Any]) -> bytes:
        """The bytes of a file."""
        document = metadata_obj.to_dict()
        return json.dumps(
            document, ensure_ascii=False, separators=(",", ":"), sort_keys=True
        ).encode()


def next_version(previous: int, now: datetime) -> int:
    """The number of a new file: at least its minute, so that a restored backup is accepted."""
    return max(previous + 1, int(now.timestamp()) // _MINUTE)


def root_of(holders: Holders, version: int, now: datetime) -> Metadata[Root]:
    """A root, to be signed."""
    ids = [key.keyid for key in holders.roots]
    online = Role([holders.online.keyid], 1)
    return Metadata(
        Root(
            version=version,
            expires=now + LIFETIMES[MetadataRole.ROOT],
            keys={key.keyid: key for key in (*holders.roots, holders.online)},
            roles={
                "root": Role(ids, holders.threshold),
                "targets": Role(ids, holders.threshold),
                "snapshot": online,
                "timestamp": online,
            },
            consistent_snapshot=True,
        )
    )


def targets_of(holders: Holders, version: int, now: datetime) -> Metadata[Targets]:
    """The top of the targets, which holds delegations only; to be signed."""
    roles = {
        name: DelegatedRole(name, [holders.of(role).keyid], 1, terminating=True, paths=[path])
        for name, (role, path) in DELEGATIONS.items()
    }
    keys = {holders.of(role).keyid: holders.of(role) for role in KeyRole}
    return Metadata(
        Targets(
            version=version,
            expires=now + LIFETIMES[MetadataRole.TARGETS],
            delegations=Delegations(keys, roles),
        )
    )


def holders_of(root: Root, targets: Targets) -> Holders:
    """Whose keys a root and its targets name; LayoutError if they are not laid out as ours are.

    WeakKeyError if one of the keys is unsafe.
    """
    ids, threshold = root.roles["root"].keyids, root.roles["root"].threshold
    delegations = targets.delegations
    if delegations is None or not delegations.roles or set(delegations.roles) != set(DELEGATIONS):
        raise LayoutError(_OTHERWISE)
    named = {
        DELEGATIONS[name][0]: delegations.keys[role.keyids[0]]
        for name, role in delegations.roles.items()
    }
    holders = Holders(
        [root.keys[each] for each in ids], threshold, named[KeyRole.ONLINE], named[KeyRole.RELEASE]
    )
    for key in (*root.keys.values(), *delegations.keys.values()):
        if key != key_of(bytes.fromhex(key.keyval["public"])):
            raise LayoutError(_OTHERWISE)
    # What the same keys would be given here: any other threshold, path or key shows.
    for said, expected in (
        (root, root_of(holders, root.version, root.expires)),
        (targets, targets_of(holders, targets.version, targets.expires)),
    ):
        expected.signed.expires, expected.signed.spec_version = said.expires, said.spec_version
        if expected.signed != said:
            raise LayoutError(_OTHERWISE)
    return holders


def read_root(document: Mapping[str, Any]) -> Metadata[Root]:
    """A root of a document; LayoutError, or the library's own errors."""
    found: Metadata[Any] = Metadata.from_dict(deepcopy(dict(document)))  # it eats what it reads
    if not isinstance(found.signed, Root):
        raise LayoutError(N_("it holds no root"))
    return found


def read_targets(document: Mapping[str, Any]) -> Metadata[Targets]:
    """Targets of a document, delegated or not; LayoutError, or the library's own errors."""
    found: Metadata[Any] = Metadata.from_dict(deepcopy(dict(document)))
    if not isinstance(found.signed, Targets):
        raise LayoutError(N_("it holds no list of releases"))
    return found


def follow(before: Root | None, after: Metadata[Root]) -> None:
    """Whether agents go from one root to the other, as TUF has it; LayoutError, or its own errors.

    The first root of a repository vouches for itself.
    """
    expected = before.version + 1 if before else 1
    if after.signed.version != expected:
        raise LayoutError(_NOT_NEXT)
    for root in filter(None, (before, after.signed)):
        root.verify_delegate(MetadataRole.ROOT, after.signed_bytes, after.signatures)


def fingerprint_of(root: Metadata[Root]) -> str:
    """What people compare of a root."""
    return fingerprint(root.signed_bytes)
