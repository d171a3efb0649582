"""What ROOT signed becomes the vendor's trust: checked as agents check it, then published."""

from collections.abc import Mapping

from securesystemslib.signer import Key
from tuf.api.metadata import Metadata, Root, Targets

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_
from app.trust import queries
from app.trust.models import KeyStatus, MetadataRole, TrustKey, TrustMode, TrustRepository
from app.trust.problems import PublishStale, TrustDocumentInvalid
from app.trust.schemas import KeyRole, TrustBundle
from app.trust.service.ceremony import offered, reading
from app.trust.service.keys import new_challenge, signers
from app.trust.service.layout import (
    Holders,
    LayoutError,
    fingerprint_of,
    follow,
    holders_of,
    read_root,
    read_targets,
)
from app.trust.service.repository import Rows


def install(session: UnitOfWork, bundle: TrustBundle, *, actor: Actor) -> TrustRepository:
    """Publishes the roots of a bundle and all that the server signs below them.

    TRUST_DOCUMENT_INVALID or WEAK_KEY if an agent would not follow or the layout is not ours,
    PUBLISH_STALE if releases were published since the vendor's own key signed them.
    """
    row = queries.repository_by_id(session, bundle.repository)
    rows = Rows.claim(session, row, {})
    with reading("bundle"):
        roots, targets = _verified(rows, bundle)
        holders = holders_of(roots[-1].signed, targets.signed)
    changed = _take_keys(session, row, bundle, holders, actor=actor)
    rows.signers = signers(session, row)
    for root in roots:
        rows.keep(MetadataRole.ROOT, root)
    rows.keep(MetadataRole.TARGETS, targets)
    _releases(rows, bundle, targets.signed, changed)
    with rows.edit_targets(MetadataRole.ONLINE):
        pass
    rows.publish()
    last = roots[-1]
    row.root_version, row.root_expires_at = last.signed.version, last.signed.expires
    row.challenge = new_challenge()
    session.flush()
    told = {"version": row.root_version, "fingerprint": fingerprint_of(last)}
    audit.record(session, Action.TRUST_ROOT_CHANGED, actor=actor, subject=row, **told)
    return row


def _verified(rows: Rows, bundle: TrustBundle) -> tuple[list[Metadata[Root]], Metadata[Targets]]:
    """The new roots, each following the one before it, and the targets that the last one signs."""
    before: Root | None = rows.root() if rows.row.root_version else None
    roots = [read_root(document) for document in bundle.roots]
    for root in roots:
        follow(before, root)
        before = root.signed
    last, targets = roots[-1].signed, read_targets(bundle.targets)
    last.verify_delegate(MetadataRole.TARGETS, targets.signed_bytes, targets.signatures)
    if last.expires <= rows.session.now():
        raise LayoutError(N_("its root has expired, it has to be signed anew"))
    if rows.row.root_version and targets.signed.version <= rows.targets().version:
        raise LayoutError(N_("its delegations are no newer than the installed ones"))
    return roots, targets


def _take_keys(
    session: UnitOfWork,
    row: TrustRepository,
    bundle: TrustBundle,
    holders: Holders,
    *,
    actor: Actor,
) -> Mapping[KeyRole, TrustKey]:
    """The keys that the root names become the active ones; which of them are others than before."""
    proven = offered(bundle.keys, row.repo_id, row.challenge)
    known = {key.kid: key for key in queries.keys(session, row.id)}
    changed: dict[KeyRole, TrustKey] = {}
    for role in KeyRole:
        named = holders.of(role)
        key = known.get(named.keyid)
        if key is None and role is KeyRole.RELEASE and proven.get(role) == named:
            key = _key_of_vendor(session, row, named)
        if key is None or key.role != role:
            raise TrustDocumentInvalid(N_("its {role} key is not of this server"), role=role)
        if key.status != KeyStatus.ACTIVE:
            changed[role] = key
    active = queries.active_keys(session, row.id)
    for role in changed.keys() & active.keys():
        active[role].status = KeyStatus.RETIRED
    session.flush()  # before the others are: one key of a role is active at any moment
    for role, key in changed.items():
        key.status = KeyStatus.ACTIVE
        told = {"role": role.value, "status": KeyStatus.ACTIVE.value}
        audit.record(session, Action.TRUST_KEY_ROTATED, actor=actor, subject=key, **told)
    session.flush()
    release = changed.get(KeyRole.RELEASE)
    if release is not None:
        row.mode = TrustMode.MANAGED if release.sealed_private else TrustMode.VENDOR_HELD
    return changed


def _key_of_vendor(session: UnitOfWork, row: TrustRepository, key: Key) -> TrustKey:
    """A key whose private part never was on this server."""
    made = TrustKey(
        id=new_id(),
        vendor_id=row.vendor_id,
        created_at=session.now(),
        repository_id=row.id,
        kid=key.keyid,
        role=KeyRole.RELEASE,
        public=bytes.fromhex(key.keyval["public"]),
        sealed_private=None,
        status=KeyStatus.PENDING,
    )
    session.add(made)
    session.flush()
    return made


def _releases(
    rows: Rows, bundle: TrustBundle, targets: Targets, changed: Mapping[KeyRole, TrustKey]
) -> None:
    """Agents of the new root believe only what its release key signed: sign anew, or take that.

    Also with the same key: after a backup was restored, agents have seen newer ones.
    """
    if MetadataRole.RELEASES in rows.signers:
        with rows.edit_targets(MetadataRole.RELEASES):
            pass
        return
    if KeyRole.RELEASE not in changed:
        return
    if bundle.releases is None:
        raise TrustDocumentInvalid(N_("the vendor's key did not sign the releases"))
    with reading("releases"):
        signed = read_targets(bundle.releases)
        targets.verify_delegate(MetadataRole.RELEASES, signed.signed_bytes, signed.signatures)
    present = rows.targets(MetadataRole.RELEASES)
    if signed.signed.targets != present.targets or signed.signed.version <= present.version:
        raise PublishStale
    rows.keep(MetadataRole.RELEASES, signed)
