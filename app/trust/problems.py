"""Refusals about keys, roots and signatures."""

from app.kit.i18n import N_, Sentence, fill
from app.kit.problems import Problem


class WeakKey(Problem):
    """A public key that anybody can sign for, or whose owner did not prove to hold it."""

    code, title, status = "WEAK_KEY", N_("The key is unsafe and was refused"), 422
    action = "fix_input"


class PublishStale(Problem):
    """Something was published since the signed payload was made."""

    code, title, status = "PUBLISH_STALE", N_("The metadata changed, sign again"), 409
    action = "refresh"


class PublishedOlder(Problem):
    """A server shows as published what came before the releases that were signed here last."""

    code, status = "PUBLISHED_OLDER", 409
    title = N_("The server shows older releases than were signed here: {shown}, not {kept}")


class TrustNotReady(Problem):
    """The vendor has no root yet: nothing can be signed for it."""

    code, title, status = "TRUST_NOT_READY", N_("The vendor has no root of trust yet"), 409
    action = "contact_vendor"


class TrustExists(Problem):
    """The repository has a root, which only its own keys can replace."""

    code, title, status = "TRUST_EXISTS", N_("The vendor has a root of trust already"), 409


class TrustDocumentInvalid(Problem):
    """A document of a ceremony that does not hold what it has to; `why` is a message id."""

    code, title, status = "TRUST_DOCUMENT_INVALID", N_("The document was refused: {why}"), 422
    action = "fix_input"

    def __init__(self, why: str = "", **named: object) -> None:
        if not why:
            super().__init__()
            return
        told = Sentence(fill(why, "ru", named), fill(why, "en", named))
        super().__init__(why=told)


class ReleaseKeyHeld(Problem):
    """The vendor's own computer signs releases: `podkluch sign`."""

    code, title, status = "RELEASE_KEY_HELD", N_("The vendor signs releases on their own"), 409
    action = "contact_vendor"
