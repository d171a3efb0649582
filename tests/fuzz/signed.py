"""Signed documents to begin from, of fixed keys and dates."""

import json
from datetime import UTC, datetime
from typing import Any

from tuf.api.metadata import Metadata, Root

from app.kit.signing.ed25519 import signer_of
from tests.factories.cfe import ROOT_UUID
from wire import enrolment
from wire.enrolment import ConnectionVendor

KEY = "DEMO-ABEKM-HCTPX-01234-567C7"
REPOSITORY = "AAECAwQFBgcICQoLDA0ODw"
CUSTOM = {
    "v": 1, "ext": "warehouse-helper", "name": "СкладскойПомощник", "uuid": ROOT_UUID,
    "ver": "2.4.0", "file_ver": "2.4.0", "channel": "stable", "rules_v": 1,
    "rules": [{"editions": ["prof"]}], "purpose": "customization", "status": "published",
    "published_at": "2026-11-22T09:00:00.000Z",
}  # fmt: skip


def a_root() -> dict[str, Any]:
    """A root that signs itself."""
    key = signer_of(bytes(range(32)))
    root = Root(1, expires=datetime(2036, 1, 1, tzinfo=UTC), consistent_snapshot=True)
    for role in ("root", "targets", "snapshot", "timestamp"):
        root.add_key(key.public_key, role)
    metadata = Metadata(root)
    metadata.sign(key)
    return metadata.to_dict()


def a_bundle() -> bytes:
    """What ROOT's computer sends to the server."""
    head = {
        "format": "podkluch-trust-bundle",
        "v": 1,
        "repository": REPOSITORY,
        "vendor": "Ромашка",
    }
    return json.dumps(head | {"roots": [a_root()], "targets": a_root(), "keys": []}).encode()


def a_connection_file() -> bytes:
    """What a vendor sends to a customer."""
    vendor = ConnectionVendor("0198c2a4-0000-7000-8000-000000000001", "ООО «Ромашка»")
    return enrolment.dumps(enrolment.build("https://a.test", vendor, REPOSITORY, a_root(), KEY))
