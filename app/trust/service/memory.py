"""What the vendor's computer signed last: no server takes a signature behind it unseen."""

from tuf.api.metadata import Metadata, Targets

from app.kit.i18n import N_
from app.trust.problems import PublishedOlder
from app.trust.schemas import Document, ReleasesDraft, TrustRequest
from app.trust.service.ceremony import reading
from app.trust.service.held import Change, ChangeKind, change_of
from app.trust.service.layout import read_targets
from wire.trust import read_custom


def changes_since(
    last: Document | None, paper: ReleasesDraft | TrustRequest, *, older: bool
) -> list[Change]:
    """What a paper states otherwise than the releases that were signed here last.

    Nothing, where the paper follows them: its changes are shown already. PUBLISHED_OLDER where the
    server shows what came before them, as everything signed since would be taken back without a
    word; `older` is the vendor's word that it was never published, or lost with a server.
    """
    if last is None:
        return []
    with reading("signed last"):
        kept = read_targets(last)
    with reading("releases"):
        new = read_targets(paper.releases or {})
        shown = read_targets(paper.published) if isinstance(paper, ReleasesDraft) else new
    if kept.signed_bytes in (shown.signed_bytes, new.signed_bytes):
        return []
    if shown.signed.version < kept.signed.version and not older:
        detail = N_(
            "Publish what was signed here last. If that never was published, or the server was "
            "restored from a backup, sign with --older and look at every difference"
        )
        raise PublishedOlder(detail, shown=shown.signed.version, kept=kept.signed.version)
    with reading("releases"):
        return _changes(kept, new)


def _changes(kept: Metadata[Targets], new: Metadata[Targets]) -> list[Change]:
    """Unlike what is published, what was signed may never have been: other bytes are told too."""
    before, after = kept.signed.targets, new.signed.targets
    gone = [
        Change(ChangeKind.GONE, path, target.hashes["sha256"], read_custom(target.custom), {})
        for path, target in before.items()
        if path not in after
    ]
    return gone + [
        change_of(path, before.get(path), target)
        for path, target in after.items()
        if target != before.get(path)
    ]
