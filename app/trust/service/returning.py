"""Roots that a restored server lost: agents have followed them, so it has to know them again."""

from collections.abc import Mapping, Sequence
from typing import Any

from tuf.api.metadata import Metadata, Root

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.kit.db import UnitOfWork
from app.kit.i18n import N_
from app.trust import queries
from app.trust.models import MetadataRole, TrustRepository
from app.trust.problems import TrustDocumentInvalid
from app.trust.service.ceremony import reading
from app.trust.service.keys import signers
from app.trust.service.layout import (
    LayoutError,
    fingerprint_of,
    follow,
    holders_of,
    read_root,
)
from app.trust.service.publishing import AHEAD
from app.trust.service.repository import Rows

Document = Mapping[str, Any]


def take_back(session: UnitOfWork, documents: Sequence[Document], *, actor: Actor) -> int:
    """Installs root files of one or several repositories that are newer than the known ones.

    How many were installed. TRUST_DOCUMENT_INVALID if one is nobody's, a version between is
    missing, or it names keys or holders that this server does not have: then ROOT has to sign
    the next one, `podkluch trust renew`.
    """
    with reading("root"):
        roots = sorted(map(read_root, documents), key=lambda root: root.signed.version)
    taken = 0
    for row in queries.repositories(session):
        own = [root for root in roots if _is_of(session, row, root)]
        roots = [root for root in roots if root not in own]
        taken += _take(session, row, own, actor=actor)
    if roots:
        raise TrustDocumentInvalid(N_("no vendor of this server has such a root"))
    return taken


def _is_of(session: UnitOfWork, row: TrustRepository, root: Metadata[Root]) -> bool:
    """Whether the root has a key in common with the one that the repository has: its ONLINE key."""
    present = read_root(queries.root(session, row)).signed
    return not set(present.keys).isdisjoint(root.signed.keys)


def _take(
    session: UnitOfWork, row: TrustRepository, roots: Sequence[Metadata[Root]], *, actor: Actor
) -> int:
    newer = [root for root in roots if root.signed.version > row.root_version]
    if not newer:
        return 0
    rows = Rows.claim(session, row, signers(session, row), AHEAD)
    with reading("root"):
        before = rows.root()
        for root in newer:
            follow(before, root)
            before = root.signed
        _require_same_keys(rows, newer[-1])
    for root in newer:
        rows.keep(MetadataRole.ROOT, root)
    rows.publish()
    last = newer[-1]
    row.root_version, row.root_expires_at = last.signed.version, last.signed.expires
    session.flush()
    told = {"version": row.root_version, "fingerprint": fingerprint_of(last)}
    audit.record(session, Action.TRUST_ROOT_CHANGED, actor=actor, subject=row, **told)
    return len(newer)


def _require_same_keys(rows: Rows, root: Metadata[Root]) -> None:
    """What lies below the root has to be signed by keys that it names."""
    targets = rows.open(MetadataRole.TARGETS)
    holders = holders_of(root.signed, targets.signed)
    known = {key.kid for key in queries.active_keys(rows.session, rows.row.id).values()}
    if holders.online.keyid not in known:
        raise LayoutError(N_("it names a key that this server has lost: `podkluch trust renew`"))
    root.signed.verify_delegate(
        MetadataRole.TARGETS, targets.signed_bytes, targets.signatures
    )
