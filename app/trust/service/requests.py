"""What the server asks ROOT for: new keys with their proofs, and what is published now."""

import json
import secrets
import uuid
from collections.abc import Collection

from tuf.api.metadata import Metadata, Targets

from app.accounts import queries as accounts
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.kit.db import UnitOfWork, new_id
from app.kit.signing.ed25519 import prove, to_text
from app.trust import queries
from app.trust.models import KeyStatus, MetadataRole, TrustRepository
from app.trust.problems import TrustExists
from app.trust.schemas import KeyOffer, KeyRole, Standing, TrustRequest
from app.trust.service.keys import new_challenge, new_key
from app.trust.service.layout import next_version

_ID_BYTES = 16


def first_request(session: UnitOfWork, vendor_id: uuid.UUID, *, actor: Actor) -> TrustRequest:
    """Both keys of the server for a repository that has no root yet; asked twice, other keys."""
    row = queries.repository(session, vendor_id) or _new_repository(session, vendor_id)
    if row.root_version:
        raise TrustExists
    return _request(session, row, set(KeyRole), actor=actor)


def next_request(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    rotate: Collection[KeyRole] = (),
    *,
    to_vendor: bool = False,
    actor: Actor,
) -> TrustRequest:
    """For the next root: with other keys of the server, or with none and only new dates.

    `to_vendor`: the key of the releases will be the vendor's own, which `podkluch sign` adds.
    """
    row = queries.ready_repository(session, vendor_id)
    request = _request(session, row, set(rotate), actor=actor)
    request.standing = Standing(
        root=queries.root(session, row), targets=_current(session, row, MetadataRole.TARGETS)
    )
    if to_vendor:
        request.releases = unsigned_releases(session, row).to_dict()
    return request


def unsigned_releases(session: UnitOfWork, row: TrustRepository) -> Metadata[Targets]:
    """The present releases under their next version, without a signature."""
    content = queries.current(session, row.id, MetadataRole.RELEASES)
    assert content is not None  # noqa: S101 - the first bundle wrote it
    releases = Metadata[Targets].from_bytes(content)
    releases.signed.version = next_version(releases.signed.version, session.now())
    releases.signatures.clear()
    return releases


def _new_repository(session: UnitOfWork, vendor_id: uuid.UUID) -> TrustRepository:
    row = TrustRepository(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        repo_id=to_text(secrets.token_bytes(_ID_BYTES)),
        challenge=new_challenge(),
    )
    session.add(row)
    session.flush()
    return row


def _request(
    session: UnitOfWork, row: TrustRepository, roles: Collection[KeyRole], *, actor: Actor
) -> TrustRequest:
    offers = []
    for role in sorted(roles):
        for older in queries.keys(session, row.id):
            if (older.role, older.status) == (role, KeyStatus.PENDING):
                older.status = KeyStatus.RETIRED
        key, seed = new_key(session, row, role)
        proof = prove(seed, row.repo_id, row.challenge)
        offers.append(KeyOffer(role=role, public=key.public.hex(), proof=proof.hex()))
        told = {"role": role.value, "status": KeyStatus.PENDING.value}
        audit.record(session, Action.TRUST_KEY_ROTATED, actor=actor, subject=key, **told)
    session.flush()
    return TrustRequest(
        repository=row.repo_id,
        vendor=accounts.vendor(session, row.vendor_id).name,
        challenge=row.challenge.hex(),
        keys=offers,
    )


def _current(session: UnitOfWork, row: TrustRepository, role: MetadataRole) -> dict[str, object]:
    document: dict[str, object] = json.loads(queries.current(session, row.id, role) or b"{}")
    return document
