"""What a server may give in place of signed metadata, and what a client has to call it."""

import base64
import json
from collections.abc import Callable
from typing import Any

from securesystemslib.formats import encode_canonical
from tuf.api.metadata import Metadata

from tests.simulators.vendor_repository import VendorRepository, in_days, signer

COUNT = 40
Change = Callable[[VendorRepository], None]
ROLLBACK, EXPIRED, UNSIGNED = "METADATA_ROLLBACK", "METADATA_EXPIRED", "METADATA_UNSIGNED"
INVALID, HASH, NETWORK, FINE = "METADATA_INVALID", "HASH_MISMATCH", "NETWORK", None


def file_of(repository: VendorRepository, role: str) -> str:
    """The newest file of a role."""
    numbered = [name for name in repository.files if name.endswith(f".{role}.json")]
    return max(numbered, key=lambda name: int(name.partition(".")[0]), default=f"{role}.json")


def raw(role: str, change: Callable[[bytes], bytes]) -> Change:
    """Other bytes under the name."""

    def damage(repository: VendorRepository) -> None:
        name = file_of(repository, role)
        repository.files[name] = change(repository.files[name])

    return damage


def edited(role: str, change: Callable[[Any], None]) -> Change:
    """Another document with the old signatures."""

    def edit(data: bytes) -> bytes:
        document = json.loads(data)
        change(document)
        return json.dumps(document).encode()

    return raw(role, edit)


def signed(role: str, change: Callable[[Any], None]) -> Change:
    """Another document that the right key signed."""

    def sign(repository: VendorRepository) -> None:
        name = file_of(repository, role)
        document = json.loads(repository.files[name])
        change(document["signed"])
        keys = repository.keys
        key = {"releases": keys.release, "root": keys.root, "targets": keys.root}.get(
            role, keys.online
        )
        signature = key.sign(encode_canonical(document["signed"]).encode())
        document["signatures"] = [signature.to_dict()]
        repository.files[name] = json.dumps(document).encode()

    return sign


def by_stranger(role: str) -> Change:
    """The right document, signed by a key that nobody named."""

    def sign(data: bytes) -> bytes:
        metadata = Metadata.from_bytes(data)
        metadata.sign(signer())
        return metadata.to_bytes()

    return raw(role, sign)


def put(*path: Any) -> Callable[[Any], None]:
    """Sets a member; the last word is the value."""
    *names, last, value = path

    def change(document: Any) -> None:
        for name in names:
            document = document[name]
        document[last] = value

    return change


def twice(document: Any) -> None:
    document["signatures"] *= 2


def without(name: str) -> Callable[[Any], None]:
    return lambda document: document.pop(name)


def longer_role(role: str) -> Change:
    """A snapshot or a timestamp that names another length or digest than the file below has."""
    meta = {"snapshot": "releases.json", "timestamp": "snapshot.json"}[role]
    return signed(role, put("meta", meta, "length", 3))


def hashed(role: str) -> Change:
    meta = {"snapshot": "releases.json", "timestamp": "snapshot.json"}[role]
    return signed(role, put("meta", meta, "hashes", {"sha256": "0" * 64}))


def expired_timestamp(repository: VendorRepository) -> None:
    repository.sign_timestamp(days=-1)


def expired_root(repository: VendorRepository) -> None:
    repository.add_root(days=-1)
    repository.publish()


def next_root(change: Callable[[Any], None], *, old: bool = True) -> Change:
    """A second root that says this; `old`: the first one's key signs it too."""

    def add(repository: VendorRepository) -> None:
        before = repository.keys.root
        if not old:
            repository.keys.root = signer()
        repository.add_root(*([before] if old else []))
        name = file_of(repository, "root")
        document = json.loads(repository.files[name])
        change(document["signed"])
        signature = repository.keys.root.sign(encode_canonical(document["signed"]).encode())
        document["signatures"] = [signature.to_dict()]
        repository.files[name] = json.dumps(document).encode()

    return add


FAR = in_days(-30).strftime("%Y-%m-%dT%H:%M:%SZ")
NO_SIGNATURE = base64.b16encode(bytes(64)).decode().lower()
CASES: dict[str, tuple[Change, str | None]] = {
    "an empty timestamp": (raw("timestamp", lambda _: b""), INVALID),
    "half a timestamp": (raw("timestamp", lambda data: data[: len(data) // 2]), INVALID),
    "garbage": (raw("timestamp", lambda _: b"\xff\x00{" * 99), INVALID),
    "a page": (raw("timestamp", lambda _: b"<html></html>"), INVALID),
    "an array": (raw("timestamp", lambda _: b"[]"), INVALID),
    "null": (raw("timestamp", lambda _: b"null"), INVALID),
    "half a snapshot": (raw("snapshot", lambda data: data[:99]), INVALID),
    "half the releases": (raw("releases", lambda data: data[:99]), INVALID),
    "a timestamp of 17 kB": (raw("timestamp", lambda data: data + b" " * 17_000), HASH),
    "no signatures": (edited("timestamp", put("signatures", [])), UNSIGNED),
    "no member of signatures": (edited("timestamp", without("signatures")), INVALID),
    "one signature twice": (edited("timestamp", twice), INVALID),
    "a signature of zeros": (
        edited("timestamp", put("signatures", 0, "sig", NO_SIGNATURE)),
        UNSIGNED,
    ),
    "a signature that is no hex": (
        edited("timestamp", put("signatures", 0, "sig", "zz")),
        UNSIGNED,
    ),
    "an edited version": (edited("timestamp", put("signed", "version", 99_999_999)), UNSIGNED),
    "edited releases": (edited("releases", put("signed", "version", 7)), UNSIGNED),
    "edited delegations": (edited("targets", put("signed", "expires", FAR)), UNSIGNED),
    "a stranger's timestamp": (by_stranger("timestamp"), UNSIGNED),
    "a stranger's snapshot": (by_stranger("snapshot"), UNSIGNED),
    "a stranger's releases": (by_stranger("releases"), UNSIGNED),
    "a stranger's delegations": (by_stranger("targets"), UNSIGNED),
    "a snapshot in a timestamp's place": (signed("timestamp", put("_type", "snapshot")), INVALID),
    "releases of another type": (signed("releases", put("_type", "root")), INVALID),
    "an unknown type": (signed("timestamp", put("_type", "zeitstempel")), INVALID),
    "another specification": (signed("timestamp", put("spec_version", "2.0.0")), INVALID),
    "a version of zero": (signed("timestamp", put("version", 0)), INVALID),
    "a version that is a text": (signed("timestamp", put("version", "1")), INVALID),
    "an expiry that is none": (signed("timestamp", put("expires", "tomorrow")), INVALID),
    "no expiry": (signed("timestamp", without("expires")), INVALID),
    "another version of the snapshot": (signed("snapshot", put("version", 1)), ROLLBACK),
    "another version of the releases": (signed("releases", put("version", 1)), ROLLBACK),
    "a snapshot of another length": (longer_role("timestamp"), HASH),
    "a snapshot of another digest": (hashed("timestamp"), HASH),
    "releases of another digest": (hashed("snapshot"), HASH),
    "no releases in the snapshot": (signed("snapshot", put("meta", {})), INVALID),
    "an expired timestamp": (expired_timestamp, EXPIRED),
    "an expired root": (expired_root, EXPIRED),
    "a root that the old one did not sign": (next_root(lambda _: None, old=False), UNSIGNED),
    "unknown fields that are signed": (signed("timestamp", put("x-more", {"a": [1]})), FINE),
    "a threshold of two with one key": (
        next_root(put("roles", "timestamp", "threshold", 2)),
        UNSIGNED,
    ),
}
