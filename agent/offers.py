"""What to ask the server for an infobase, and which of its offers to take."""

from dataclasses import dataclass

from agent.codes import Exit, exit_of_server_code
from agent.errors import Refusal, filled
from agent.infobase import InfobaseFacts, OpenSession, StoredExtension
from agent.journal import Journal
from onec.configuration import canonical
from wire.extensions import (
    InfobaseReference,
    InstalledConfiguration,
    InstalledExtension,
    Nearest,
    Offer,
    OfferList,
    OfferQuery,
    Verdict,
)
from wire.problems import ProblemCode, Sentence

_FORBIDDEN = 403
_AVAILABILITY = (
    "ENTITLEMENT_",
    "TRIAL_",
    "RELEASE_",
    "PRODUCT_",
    "UPDATES_",
    "FEATURE_",
    "CHANNEL_",
)
_NOTHING = Sentence(
    "Для этой базы ничего не предлагается", "There is nothing on offer for this infobase"
)
_NOT_OFFERED = Sentence(
    "Расширение «{name}» для этой базы не предлагается: что есть, покажет list --show-all",
    'Extension "{name}" is not offered for this infobase: list --show-all shows what there is',
)
_NO_VERSION = Sentence(
    "Релиза {version} у расширения «{name}» нет: посмотрите, что есть, командой list --show-all",
    'Extension "{name}" has no release {version}: list --show-all shows what there is',
)
_NEAREST = Sentence(
    "{title}: ближайший релиз {version} не подходит: {reason}",
    "{title}: the nearest release {version} does not fit: {reason}",
)
_RECALLED = Sentence(
    "{title} {version}: вендор отозвал установленный релиз: {reason}. {advice}",
    "{title} {version}: the vendor withdrew the installed release: {reason}. {advice}",
)
_NO_ADVICE = Sentence("Обратитесь к вендору", "Contact the vendor")
_ADVICE = {
    "stop": Sentence("Не пользоваться этим релизом", "Do not use this release"),
    "rollback_to": Sentence(
        "Вернитесь на {version}: install {code} --release {version}",
        "Go back to {version}: install {code} --release {version}",
    ),
}
_UNTESTED = frozenset({"VERSION_NOT_TESTED", "VERSION_UNKNOWN", "PLATFORM_UNKNOWN"})
_SHOW_UNTESTED = Sentence(
    "{fact}. Непроверенные релизы покажет list --show-untested",
    "{fact}. list --show-untested shows releases that were not tested",
)


@dataclass(frozen=True, slots=True)
class Environment:
    """One infobase as the server needs to know it."""

    infobase: str  # id
    facts: InfobaseFacts
    extensions: list[StoredExtension]
    others: list[OpenSession]  # who else is in it


@dataclass(frozen=True, slots=True)
class Choice:
    """The offer to take; `is_step` when a later release waits behind it."""

    offer: Offer
    is_step: bool = False


def query_for(
    journal: Journal, environment: Environment, extension: str | None = None
) -> OfferQuery:
    """Ask with everything that is known about the infobase."""
    facts = environment.facts
    return OfferQuery(
        configuration=InstalledConfiguration(facts.configuration, facts.configuration_version),
        platform_version=facts.platform_version,
        compatibility_mode=facts.compatibility_mode,
        infobase_kind=facts.kind,
        infobase=InfobaseReference(environment.infobase),
        extension=extension,
        installed=[_installed(journal, item) for item in environment.extensions],
    )


def _installed(journal: Journal, extension: StoredExtension) -> InstalledExtension:
    known = journal.release_of(extension.hash_sum)
    digest = known.artifact_sha256 if known else None
    return InstalledExtension(extension.name, extension.version, digest)


def choose(offers: OfferList, name: str, version: str | None) -> Choice:
    """The best offer of an extension, or that of one version; raises Refusal."""
    rows = [offer for offer in offers.data if offer.extension.code == name]
    if version is not None:
        return _version(rows, offers.nearest, name, version)
    best = next((offer for offer in rows if offer.best), None)
    if best is None:
        raise nothing_fits(offers.nearest, name)
    waits = any(row.code == ProblemCode.UPGRADE_VIA for row in rows)
    return Choice(best, is_step=waits)


def _version(rows: list[Offer], nearest: list[Nearest], name: str, version: str) -> Choice:
    row = next((offer for offer in rows if offer.release.version == version), None)
    if row is None:
        if rows:
            raise Refusal(
                ProblemCode.NOT_COMPATIBLE,
                Exit.NOTHING_FITS,
                filled(_NO_VERSION, name=name, version=version),
            )
        raise nothing_fits(nearest, name)
    if row.code == ProblemCode.UPGRADE_VIA:
        through = str(row.params.get("version", ""))
        step = next((offer for offer in rows if offer.release.version == through), None)
        if step is not None and can_be_taken(step):
            return Choice(step, is_step=True)
    if not can_be_taken(row):
        raise _refused(row.extension.title, row.release.version, row.code, row.reason)
    return Choice(row)


def recalled(found: OfferList, query: OfferQuery) -> list[Offer]:
    """What the infobase holds and the vendor took back: such rows come without being asked for."""
    return [row for row in held_of(found, query) if row.code == ProblemCode.RELEASE_WITHDRAWN]


def held_of(found: OfferList, query: OfferQuery) -> list[Offer]:
    """The rows of what the infobase holds; all rows must have been asked for."""
    return [row for row in found.data if any(_is_same(row, one) for one in query.installed or [])]


def _is_same(offer: Offer, extension: InstalledExtension) -> bool:
    if canonical(offer.extension.onec_name) != canonical(extension.onec_name):
        return False
    by_bytes = offer.artifact.sha256 == extension.artifact_sha256
    return by_bytes or offer.release.file_version == extension.version


def recall(offer: Offer) -> Sentence:
    """That the release was taken back, why, and what the vendor advises."""
    advice = _ADVICE.get(str(offer.params.get("advice")), _NO_ADVICE)
    return filled(
        _RECALLED,
        title=offer.extension.title,
        version=offer.release.version,
        reason=str(offer.params.get("reason") or "").rstrip("."),
        advice=filled(advice, code=offer.extension.code, version=offer.params.get("rollback_to")),
    )


def can_be_taken(offer: Offer) -> bool:
    """It fits, tested or not, and the key may have it."""
    return offer.available and offer.verdict is not Verdict.INCOMPATIBLE


def nothing_fits(nearest: list[Nearest], name: str | None = None) -> Refusal:
    """Why there is nothing to take, by the release that came closest."""
    for near in nearest:
        if name in (None, near.extension.code):
            return _refused(
                near.extension.title, near.release.version, near.code, near.reason, near.action_hint
            )
    if name is None:
        return Refusal(ProblemCode.NOT_COMPATIBLE, Exit.NOTHING_FITS, _NOTHING)
    fact = filled(_NOT_OFFERED, name=name)
    return Refusal(ProblemCode.NOT_COMPATIBLE, Exit.NOTHING_FITS, fact)


def _refused(title: str, version: str, code: str, reason: str, action: str = "") -> Refusal:
    """The server's reasons of matching are one family; those of rights keep their code."""
    own = code if code.startswith(_AVAILABILITY) else ProblemCode.NOT_COMPATIBLE
    fact = filled(_NEAREST, title=title, version=version, reason=reason)
    if code in _UNTESTED:
        fact = filled(_SHOW_UNTESTED, fact=fact)
    return Refusal(own, exit_of_server_code(own, _FORBIDDEN), fact, action)
