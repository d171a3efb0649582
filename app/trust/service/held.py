"""Releases that the vendor's own computer signs: a draft out, a signature back."""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import CryptoSigner, Key
from tuf.api.metadata import Metadata, TargetFile, Targets

from app.accounts import queries as accounts
from app.kit.db import UnitOfWork
from app.kit.i18n import N_
from app.kit.signing.ed25519 import prove, public_of, signer_of
from app.trust import queries
from app.trust.models import MetadataRole
from app.trust.problems import PublishStale, TrustDocumentInvalid
from app.trust.schemas import KeyOffer, KeyRole, ReleasesDraft, TrustRequest
from app.trust.service.ceremony import reading
from app.trust.service.keys import signers
from app.trust.service.layout import read_targets
from app.trust.service.publishing import Target, put
from app.trust.service.repository import Rows
from app.trust.service.requests import unsigned_releases
from wire.codec import WireError
from wire.trust import TargetCustom, TargetStatus, parse_target_path, read_custom

_NOT_OURS = N_("its list of releases is not newer, or delegates to others")


class ChangeKind(StrEnum):
    """What a signature would do to a release."""

    ADDED = "added"
    WITHDRAWN = "withdrawn"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Change:
    """One release that a draft states otherwise than what is published, or was signed last."""

    kind: ChangeKind
    path: str
    sha256: str
    custom: TargetCustom
    fields: Mapping[str, tuple[object, object]]  # before and after, of what differs


def draft(
    session: UnitOfWork, vendor_id: uuid.UUID, targets: Mapping[str, Target]
) -> ReleasesDraft:
    """The releases as they would be with these, for the vendor's own key to sign."""
    row = queries.ready_repository(session, vendor_id)
    releases = unsigned_releases(session, row)
    published = Rows(session, row, {}).open(MetadataRole.RELEASES)
    put(releases.signed, targets)
    return ReleasesDraft(
        repository=row.repo_id,
        vendor=accounts.vendor(session, vendor_id).name,
        published=published.to_dict(),
        releases=releases.to_dict(),
    )


def accept(session: UnitOfWork, vendor_id: uuid.UUID, signed: ReleasesDraft) -> list[Change]:
    """Publishes what the vendor's key signed; what changed by it, for the caller to record.

    PUBLISH_STALE if something else was published since the draft, TRUST_DOCUMENT_INVALID without a
    good signature or if a published file is missing or another one.
    """
    row = queries.ready_repository(session, vendor_id)
    rows = Rows.claim(session, row, signers(session, row))
    with reading("releases"):
        if signed.repository != row.repo_id:
            raise TrustDocumentInvalid(N_("it belongs to another vendor"))
        releases = read_targets(signed.releases)
        rows.targets().verify_delegate(
            MetadataRole.RELEASES, releases.signed_bytes, releases.signatures
        )
        base = read_targets(signed.published)
    present = rows.open(MetadataRole.RELEASES)
    if base.signed_bytes != present.signed_bytes or releases.signed.version <= base.signed.version:
        raise PublishStale
    changes = changes_of(base, releases)
    rows.keep(MetadataRole.RELEASES, releases)
    rows.publish()
    return changes


def added(paper: ReleasesDraft) -> Mapping[str, TargetCustom]:
    """The releases that a paper would add, by their paths; its signature is not looked at."""
    with reading("releases"):
        published, releases = read_targets(paper.published), read_targets(paper.releases)
    found = changes_of(published, releases)
    return {change.path: change.custom for change in found if change.kind is ChangeKind.ADDED}


def changes_of(published: Metadata[Targets], releases: Metadata[Targets]) -> list[Change]:
    """What a draft says otherwise; a published file that it lacks or has other bytes is refused."""
    before, after = published.signed.targets, releases.signed.targets
    for path, target in before.items():
        same = after.get(path)
        if same is None or (same.length, same.hashes) != (target.length, target.hashes):
            raise TrustDocumentInvalid(N_("other bytes of a published release: {path}"), path=path)
    with reading("releases"):
        return [
            change_of(path, before.get(path), target)
            for path, target in after.items()
            if target != before.get(path)
        ]


def change_of(path: str, before: TargetFile | None, after: TargetFile) -> Change:
    """How one release is stated otherwise; WireError if the path is not its own."""
    custom, place = read_custom(after.custom), parse_target_path(path)
    if (custom.ext, custom.ver) != (place.extension, place.version):
        raise WireError("/custom", "is of another release")
    then, now = (_stated(before) if before else {}), _stated(after)
    fields = {name: (then.get(name), now.get(name)) for name in sorted({*then, *now})}
    kind = ChangeKind.CHANGED
    if before is None:
        kind = ChangeKind.ADDED
    elif custom.status is TargetStatus.WITHDRAWN and then.get("status") != custom.status:
        kind = ChangeKind.WITHDRAWN
    differing = {name: pair for name, pair in fields.items() if pair[0] != pair[1]}
    return Change(kind, path, after.hashes["sha256"], custom, differing)


def _stated(target: TargetFile) -> dict[str, object]:
    return {**target.custom, "length": target.length, **target.hashes}


def sign_draft(
    paper: ReleasesDraft, signer: CryptoSigner, own_files: Collection[str]
) -> tuple[ReleasesDraft, list[Change]]:
    """On the vendor's computer: the signed draft, and what the signature does.

    `own_files` are SHA-256 of the vendor's own files: a server cannot slip in another one, nor
    show it as published before, because this very key has signed what was published.
    """
    with reading("releases"):
        published, releases = read_targets(paper.published), read_targets(paper.releases)
        _require_signed(published, signer.public_key)
        changes = changes_of(published, releases)
    _require_own(changes, own_files)
    if releases.signed.version <= published.signed.version or releases.signed.delegations:
        raise TrustDocumentInvalid(_NOT_OURS)
    releases.sign(signer)
    return paper.model_copy(update={"releases": releases.to_dict()}), changes


def taken_over(request: TrustRequest, own_files: Collection[str] | None = None) -> list[Change]:
    """What `take_over` would sign: every release, from the first; refused if one is not own.

    Without `own_files` a person has to look at them.
    """
    if request.releases is None:
        raise TrustDocumentInvalid(
            N_("this request does not hand the releases over: `trust request --to-vendor`")
        )
    with reading("releases"):
        releases = read_targets(request.releases).signed
        changes = [change_of(path, None, target) for path, target in releases.targets.items()]
    if releases.delegations:
        raise TrustDocumentInvalid(_NOT_OURS)
    _require_own(changes, own_files)
    return changes


def take_over(request: TrustRequest, seed: bytes) -> TrustRequest:
    """On the vendor's computer: the request that gives the releases to this key."""
    taken_over(request)
    releases = read_targets(request.releases or {})
    releases.sign(signer_of(seed))
    proof = prove(seed, request.repository, bytes.fromhex(request.challenge))
    own = KeyOffer(role=KeyRole.RELEASE, public=public_of(seed).hex(), proof=proof.hex())
    others = [offer for offer in request.keys if offer.role is not KeyRole.RELEASE]
    told = {"keys": [*others, own], "releases": releases.to_dict()}
    return request.model_copy(update=told)


def _require_signed(published: Metadata[Targets], key: Key) -> None:
    try:
        key.verify_signature(published.signatures[key.keyid], published.signed_bytes)
    except (KeyError, UnverifiedSignatureError, VerificationError):
        raise TrustDocumentInvalid(N_("what is published was not signed by this key")) from None


def _require_own(changes: Iterable[Change], own_files: Collection[str] | None) -> None:
    for change in changes:
        is_new = own_files is not None and change.kind is ChangeKind.ADDED
        if is_new and change.sha256 not in (own_files or ()):
            raise TrustDocumentInvalid(
                N_("none of your files: {path} {sha256}"), path=change.path, sha256=change.sha256
            )


def differences(change: Change) -> Iterator[str]:
    """The members that differ, one line each.

    They come from a server that the vendor need not trust: nothing in them moves a terminal's
    cursor, ends a line or turns the direction of reading.
    """
    for name, (before, after) in change.fields.items():
        yield _visible(f"{name}: {before} -> {after}")


def _visible(text: str) -> str:
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
