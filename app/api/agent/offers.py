"""What fits an infobase, with a reason for every release that does not."""

from fastapi import APIRouter

from app.api.auth import Installer, LanguageDep
from app.customers.problems import CustomerBlocked
from app.delivery.queries.availability import Refusal
from app.delivery.queries.catalogue import PublishedExtension
from app.delivery.queries.decide import Row
from app.delivery.schemas import Wish
from app.delivery.service.offers import Offers, offers
from app.kit.asgi import StrictRoute
from app.kit.clock import rfc3339
from app.kit.db import SessionDep
from app.kit.i18n import Language, localised
from app.kit.problems import (
    BAD_BODY,
    AuthRequired,
    RateLimited,
    TokenInvalid,
    command,
    plain,
    problems,
)
from app.licensing.problems import (
    BindingMismatch,
    KeyMalformed,
    KeyNotFound,
    KeyRevoked,
    KeySuspended,
    VendorSuspended,
)
from app.trust import queries as trust
from onec.compatibility import Environment
from onec.reasons import sentence
from wire.extensions import (
    InstallInstructions,
    Nearest,
    NearestRelease,
    Offer,
    OfferedActivation,
    OfferedArtifact,
    OfferedEula,
    OfferedExtension,
    OfferedRelease,
    OfferList,
    OfferQuery,
    Purpose,
    RecognisedConfiguration,
    Verdict,
)

router = APIRouter(prefix="/offers", tags=["agent"], route_class=StrictRoute)


@router.post(
    "",
    responses=problems(
        AuthRequired,
        TokenInvalid,
        KeyMalformed,
        KeyNotFound,
        RateLimited,
        KeyRevoked,
        KeySuspended,
        CustomerBlocked,
        VendorSuspended,
        BindingMismatch,
        *BAD_BODY,
    ),
)
def list_offers(
    session: SessionDep, caller: Installer, message: OfferQuery, language: LanguageDep
) -> OfferList:
    """Releases for an infobase, best ones marked; a look, which changes nothing."""
    wish = command(Wish, message)
    found = offers(session, wish, caller=caller)
    rows = [row for row in found.decision.rows if _is_shown(row, wish)]
    return OfferList(
        configuration=_recognised(wish),
        data=[_offer(found, row, language) for row in rows],
        nearest=[_nearest(row, language) for row in found.decision.nearest],
        server_time=rfc3339(found.rights.now),
        trust=trust.answer(session, caller.vendor_id),
    )


def _is_shown(row: Row, wish: Wish) -> bool:
    # Who holds a release that was taken back is told so, whatever they look for.
    return wish.show_all or row.offered(untested=wish.show_untested) or row.recall is not None


def _recognised(wish: Wish) -> RecognisedConfiguration:
    environment: Environment = wish.compiled()
    configuration = environment.configuration
    return RecognisedConfiguration(
        name=wish.configuration.name,
        family=configuration.family,
        edition=configuration.edition.value,
        version=wish.configuration.version,
        version_known=environment.version is not None,
    )


def _offer(found: Offers, row: Row, language: Language) -> Offer:
    release, told = row.release, row.recall or row
    return Offer(
        extension=_extension(release.extension, language),
        product=release.extension.product_code,
        release=_release(row, language),
        action=row.action,
        best=row.best,
        verdict=Verdict(row.finding.verdict.value),
        code=told.code.value,
        reason=_reason(told, language),
        params=_params(told, language),
        available=row.available,
        matched_rule=row.finding.matched_rule,
        artifact=OfferedArtifact(
            sha256=release.artifact.sha256, size=release.artifact.size, target=release.target
        ),
        install=_install(row, language),
        eula=_eula(found, row, language),
        activation=_activation(row),
        trial_available=found.trial_of(row) is not None,
        trial_product=found.trial_of(row),
    )


def _reason(told: Row | Refusal, language: Language) -> str:
    return sentence(told.code, localised(told.params, language), language)


def _params(told: Row | Refusal, language: Language) -> dict[str, object]:
    return {name: plain(value) for name, value in localised(told.params, language).items()}


def _extension(extension: PublishedExtension, language: Language) -> OfferedExtension:
    return OfferedExtension(
        code=extension.code, onec_name=extension.onec_name, title=extension.title.of(language)
    )


def _release(row: Row, language: Language) -> OfferedRelease:
    release = row.release
    return OfferedRelease(
        id=str(release.id),
        version=release.version,
        file_version=release.file_version,
        channel=release.channel,
        published_at=rfc3339(release.published_at),
        critical=release.critical,
        notes=release.notes.of(language),
    )


def _install(row: Row, language: Language) -> InstallInstructions:
    asked = row.release.installation
    notes = asked.migration_notes
    return InstallInstructions(
        purpose=Purpose(row.release.artifact.purpose),
        safe_mode_off_required=asked.safe_mode_off_required,
        unsafe_action_protection_off=asked.unsafe_action_protection_off,
        exclusive_required=asked.exclusive_required,
        restart_required=asked.restart_required,
        backup_required=asked.backup_required,
        conflicts_with=list(asked.conflicts_with),
        requires=list(asked.requires),
        migration_notes=notes.of(language) if notes else None,
        post_install_steps=list(asked.post_install_steps[language]),
    )


def _eula(found: Offers, row: Row, language: Language) -> OfferedEula | None:
    eula = found.agreements.required(row.release)
    if eula is None:
        return None
    sha256 = (eula.sha256_en if language == "en" else None) or eula.sha256_ru
    return OfferedEula(id=str(eula.id), sha256=sha256, accepted=found.agreements.is_accepted(eula))


def _activation(row: Row) -> OfferedActivation:
    if row.entitled is None:
        return OfferedActivation(needed=True, id=None, seats_free=None)
    seat, entitlement = row.entitled.activation, row.entitled.entitlement
    free = None
    if entitlement.seats is not None:
        free = entitlement.seats - entitlement.active_count
    return OfferedActivation(
        needed=seat is None, id=str(seat.id) if seat else None, seats_free=free
    )


def _nearest(row: Row, language: Language) -> Nearest:
    return Nearest(
        extension=_extension(row.release.extension, language),
        release=NearestRelease(version=row.release.version),
        code=row.code.value,
        reason=_reason(row, language),
        params=_params(row, language),
        action_hint=row.code.action.value,
    )
