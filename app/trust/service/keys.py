"""The keys that a server holds: made, sealed by MASTER, opened to sign."""

import secrets
import uuid
from collections.abc import Mapping
from typing import Final

from securesystemslib.signer import CryptoSigner

from app.kit.db import KitSession, UnitOfWork, new_id
from app.kit.signing.ed25519 import key_of, new_seed, public_of, signer_of
from app.trust import queries
from app.trust.models import MetadataRole, TrustKey, TrustRepository
from app.trust.schemas import KeyRole

CHALLENGE: Final = 32  # random bytes that a proof of possession answers
SIGNED_BY: Final[Mapping[MetadataRole, KeyRole]] = {
    MetadataRole.RELEASES: KeyRole.RELEASE,
    MetadataRole.ONLINE: KeyRole.ONLINE,
    MetadataRole.SNAPSHOT: KeyRole.ONLINE,
    MetadataRole.TIMESTAMP: KeyRole.ONLINE,
}


def new_challenge() -> bytes:
    """What the next proof of possession has to sign."""
    return secrets.token_bytes(CHALLENGE)


def new_key(session: UnitOfWork, row: TrustRepository, role: KeyRole) -> tuple[TrustKey, bytes]:
    """A fresh key that waits for its root, and its seed, which is kept sealed only."""
    seed, key_id = new_seed(), new_id()
    public = public_of(seed)
    key = TrustKey(
        id=key_id,
        vendor_id=row.vendor_id,
        created_at=session.now(),
        repository_id=row.id,
        kid=key_of(public).keyid,
        role=role,
        public=public,
        sealed_private=session.kit.keyring.seal("trust", seed, _place(row.vendor_id, key_id)),
    )
    session.add(key)
    return key, seed


def seed_of(session: KitSession, key: TrustKey) -> bytes:
    """The private part of a key that is on this server; CannotOpenError without its MASTER."""
    if key.sealed_private is None:
        raise ValueError("this key is not on the server")
    return session.kit.keyring.open("trust", key.sealed_private, _place(key.vendor_id, key.id))


def signers(session: KitSession, row: TrustRepository) -> Mapping[MetadataRole, CryptoSigner]:
    """Who signs what here; releases are missing where the vendor's own computer signs them."""
    opened = {
        role: signer_of(seed_of(session, key))
        for role, key in queries.active_keys(session, row.id).items()
        if key.sealed_private is not None
    }
    return {name: opened[role] for name, role in SIGNED_BY.items() if role in opened}


def _place(vendor_id: uuid.UUID, key_id: uuid.UUID) -> bytes:
    return f"{vendor_id}:{key_id}".encode()
