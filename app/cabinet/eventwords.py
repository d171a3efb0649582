"""What people call the members of events: what was refused and why, fields, kinds of things."""

from collections.abc import Mapping

from app.audit.models import Outcome
from app.cabinet.words import ACTIONS, CHANNELS, ROLES
from app.kit.i18n import N_, Language, fill, translate
from app.kit.problems import all_problems
from app.support.queries import reportcodes
from onec import reasons

REFUSED: Mapping[str, str] = {
    "user.signed_in": N_("Sign-in refused"),
    "coupon.redeemed": N_("Activation of the coupon refused"),
    "activation.created": N_("Activation refused"),
    "download.issued": N_("Download refused"),
}
"""Acts that were refused; others are called what they would have been."""
ACTORS: Mapping[str, str] = {
    "user": N_("person of the vendor"),
    "installer": N_("agent"),
    "token": N_("program with an API token"),
    "support": N_("support"),
    "system": N_("the server itself"),
}
KINDS: Mapping[str, str] = {
    "activation": N_("activation"),
    "api_token": N_("API token"),
    "artifact": N_("file"),
    "coupon": N_("coupon"),
    "coupon_batch": N_("batch of coupons"),
    "customer": N_("customer"),
    "distributor": N_("distributor"),
    "download": N_("download"),
    "entitlement": N_("product in a key"),
    "eula": N_("agreement"),
    "eula_acceptance": N_("acceptance of an agreement"),
    "extension": N_("extension"),
    "feature": N_("feature"),
    "infobase": N_("infobase"),
    "license_key": N_("licence key"),
    "list": N_("list"),
    "product": N_("product"),
    "release": N_("release"),
    "trial": N_("trial"),
    "trust_key": N_("signing key"),
    "trust_repository": N_("root of trust"),
    "user": N_("user"),
    "vendor": N_("vendor"),
}
FIELDS: Mapping[str, str] = {
    "agent_version": N_("Agent version"),
    "cause": N_("Reason"),
    "channel": N_("Channel"),
    "code": N_("Code"),
    "comment": N_("Note"),
    "company": N_("Company"),
    "contact_name": N_("Contact"),
    "count": N_("Count"),
    "customer": N_("Customer"),
    "days": N_("Days"),
    "email": N_("E-mail"),
    "extension": N_("Extension"),
    "features": N_("Features"),
    "filters": N_("Filters"),
    "infobase": N_("Infobase"),
    "inn": N_("INN"),
    "key": N_("Key"),
    "name": N_("Name"),
    "notes_ru": N_("What is new, in Russian"),
    "outcome": N_("Result"),
    "phone": N_("Phone"),
    "previous_version": N_("Version before"),
    "product": N_("Product"),
    "reason": N_("Reason"),
    "release": N_("Release"),
    "role": N_("Role"),
    "rollout_percent": N_("Roll-out"),
    "seats": N_("Seats"),
    "sha256": N_("SHA-256"),
    "status": N_("State"),
    "text": N_("Note"),
    "title_ru": N_("Title"),
    "updates_until": N_("Updates until"),
    "valid_until": N_("Valid until"),
    "version": N_("Version"),
}
"""Members of events that are common; a rarer one is shown by its own name."""
SHORT: Mapping[str, str] = {
    "ARTIFACT_EXISTS": N_("The file is a release already"),
    "ARTIFACT_INVALID": N_("The file is no sound extension"),
    "ARTIFACT_NAME_MISMATCH": N_("The file holds another extension"),
    "CHANNEL_NOT_ALLOWED": N_("The channel is closed to the key"),
    "COUPON_ALREADY_REDEEMED": N_("The customer has used the coupon already"),
    "COUPON_EXHAUSTED": N_("The coupon is used up"),
    "COUPON_EXPIRED": N_("The coupon has expired"),
    "COUPON_NOT_APPLICABLE": N_("The coupon does not fit the key"),
    "COUPON_NOT_STARTED": N_("The coupon is not valid yet"),
    "COUPON_TERM_PASSED": N_("The term in the coupon has passed"),
    "DOWNLOAD_LIMIT": N_("Too many downloads at once"),
    "ENTITLEMENT_EXPIRED": N_("The product's term has ended"),
    "ENTITLEMENT_NOT_STARTED": N_("The product's term has not begun"),
    "ENTITLEMENT_SUSPENDED": N_("The product is suspended"),
    "ENTITLEMENT_WITHDRAWN": N_("The product was taken out of the key"),
    "FEATURE_REQUIRED": N_("The key lacks a feature"),
    "INFOBASE_ALREADY_ACTIVATED": N_("The infobase holds a seat already"),
    "NOT_COMPATIBLE": N_("The release does not fit the infobase"),
    "PRODUCT_ALREADY_PRESENT": N_("The key holds the product already"),
    "PRODUCT_MISSING": N_("The key lacks the product"),
    "RATE_LIMITED": N_("Too many attempts"),
    "RELEASE_WITHDRAWN": N_("The release was withdrawn"),
    "ROLLBACK_FAILED": N_("The version before could not be put back"),
    "SEAT_LIMIT_REACHED": N_("All seats are taken"),
    "TRANSFER_QUOTA_EXCEEDED": N_("No transfers are left"),
    "TRIAL_ALREADY_USED": N_("The trial was used already"),
    "TRIAL_EXPIRED": N_("The trial has ended"),
    "TRIAL_NOT_NEEDED": N_("The key holds the product already"),
    "TRIAL_NOT_OFFERED": N_("The product has no trial"),
    "UPDATES_EXPIRED": N_("The right to updates has ended"),
    "VERSION_EXISTS": N_("The version is taken"),
}
"""Refusals whose own sentences speak of names and numbers that an event does not keep."""
_OWN = {"role": ROLES, "channel": CHANNELS, "subject_kind": KINDS}


def act(action: str, outcome: str) -> str:
    """What happened, or what was refused, as a message id."""
    usual = ACTIONS.get(action, action)
    return REFUSED.get(action, usual) if outcome == Outcome.DENIED else usual


def reason(code: str, language: Language) -> str:
    """A refusal's code as a sentence; one of another program stays as it is."""
    if code in SHORT:
        return translate(SHORT[code], language)
    titles = {kind.code: kind.title for kind in all_problems()}
    if code in titles:
        return fill(titles[code], language, {})
    known = code in set(reasons.Code)
    return reasons.sentence(reasons.Code(code), {}, language) if known else code


def failure(code: str, language: Language) -> str:
    """An agent's code as a sentence; it says other things than the server's code of the name."""
    known = reportcodes.CODES.get(code)
    return known[0].of(language) if known else reason(code, language)


def field(name: str, language: Language) -> str:
    """A member of an event; of a nested one its last part."""
    first, _, last = name.rpartition(".")
    word = FIELDS.get(last)
    if word is None:
        return name
    said = translate(word, language)
    return f"{field(first, language)}: {said}" if first in FIELDS else said


def value(name: str, text: str, language: Language) -> str:
    """What stands in a member, in words where it is one of our codes."""
    words = _OWN.get(name.rpartition(".")[2], {})
    return translate(words[text], language) if text in words else text
