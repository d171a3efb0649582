"""Offers as bytes: what never changes of a release is made once, the rest for each answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.api.agent.asking import encoded, trust_of
from app.delivery.queries.availability import Refusal
from app.delivery.queries.catalogue import Catalogue, PublishedExtension, PublishedRelease
from app.delivery.queries.decide import Row
from app.delivery.queries.standing import Standing
from app.delivery.schemas import Wish
from app.delivery.service.offers import Offers
from app.kit.clock import rfc3339
from app.kit.i18n import Language, localised
from app.kit.problems import plain
from onec.reasons import Code, sentence

_NEAREST: Final = "nearest"
_SEATLESS: Final[dict[str, object]] = {"needed": True, "id": None, "seats_free": None}


@dataclass(frozen=True, slots=True)
class Parts:
    """What never changes of a release, and what was said of it so far, in one language."""

    start: bytes
    file: bytes
    install: bytes
    verdicts: dict[tuple[object, ...], bytes] = field(default_factory=dict)
    """By all that they say, as far as that has no parameters."""


def offers_as_bytes(
    offers: Offers, wish: Wish, found: Standing, catalogue: Catalogue, language: Language
) -> bytes:
    """The whole answer."""
    rests: dict[tuple[object, ...], bytes] = {}
    shown = [row for row in offers.decision.rows if _is_shown(row, wish)]
    return b'{"configuration":%b,"data":[%b],"nearest":[%b],"server_time":%b,"trust":%b}' % (
        encoded(_recognised(wish)),
        b",".join([_offer(offers, row, catalogue, language, rests) for row in shown]),
        b",".join([_nearest(row, catalogue, language) for row in offers.decision.nearest]),
        encoded(rfc3339(offers.rights.now)),
        encoded(trust_of(found)),
    )


def _is_shown(row: Row, wish: Wish) -> bool:
    # Who holds a release that was taken back is told so, whatever they look for.
    return wish.show_all or row.offered or row.recall is not None


def _recognised(wish: Wish) -> dict[str, object]:
    environment = wish.compiled()
    configuration = environment.configuration
    return {
        "name": wish.configuration.name,
        "family": configuration.family,
        "edition": configuration.edition.value,
        "version": wish.configuration.version,
        "version_known": environment.version is not None,
    }


def _offer(
    offers: Offers,
    row: Row,
    catalogue: Catalogue,
    language: Language,
    rests: dict[tuple[object, ...], bytes],
) -> bytes:
    release = row.release
    parts: Parts | None = catalogue.memory.parts.get((release.id, language))
    if parts is None:
        parts = catalogue.memory.parts[release.id, language] = _parts(release, language)
    name = (release.extension.id, release.eula_id)
    rest = rests.get(name)
    if rest is None:
        rest = rests[name] = _rest(offers, row, language)
    verdict = _verdict(row, parts, language)
    return b"%b,%b%b,%b,%b" % (parts.start, verdict, parts.file, parts.install, rest)


def _verdict(row: Row, parts: Parts, language: Language) -> bytes:
    told = row.recall or row
    if told.params:
        return _members(row, told, language)
    finding = row.finding
    # Members of enumerations live as long as the process, and are compared by what they are.
    said = (id(row.action), row.best, id(finding.verdict), id(told.code), row.refusal is None)
    name = (*said, finding.matched_rule)
    made = parts.verdicts.get(name)
    if made is None:
        made = parts.verdicts[name] = _members(row, told, language)
    return made


def _members(row: Row, told: Row | Refusal, language: Language) -> bytes:
    said = {"action": row.action, "best": row.best, "verdict": row.finding.verdict}
    rest = {"available": row.available, "matched_rule": row.finding.matched_rule}
    return encoded(said | _reason(told.code, told.params, language) | rest)[1:-1]


def _rest(offers: Offers, row: Row, language: Language) -> bytes:
    """What is the same for all releases of an extension under one agreement."""
    trial = offers.trial_of(row)
    rest = {
        "eula": _eula(offers, row.release, language),
        "activation": _activation(row),
        "trial_available": trial is not None,
        "trial_product": trial,
    }
    return encoded(rest)[1:]


def _parts(release: PublishedRelease, language: Language) -> Parts:
    """Before the verdict, the file, and what an installation needs."""
    start = {
        "extension": _extension(release.extension, language),
        "product": release.extension.product_code,
        "release": _release(release, language),
    }
    artifact = release.artifact
    file = {"sha256": artifact.sha256, "size": artifact.size, "target": release.target}
    return Parts(
        encoded(start)[:-1],
        b',"artifact":' + encoded(file),
        b'"install":' + encoded(_install(release, language)),
    )


def _extension(extension: PublishedExtension, language: Language) -> dict[str, object]:
    return {
        "code": extension.code,
        "onec_name": extension.onec_name,
        "title": extension.title.of(language),
    }


def _release(release: PublishedRelease, language: Language) -> dict[str, object]:
    return {
        "id": str(release.id),
        "version": release.version,
        "file_version": release.file_version,
        "channel": release.channel,
        "published_at": rfc3339(release.published_at),
        "critical": release.critical,
        "notes": release.notes.of(language),
    }


def _install(release: PublishedRelease, language: Language) -> dict[str, object]:
    asked = release.installation
    notes = asked.migration_notes
    return {
        "purpose": release.artifact.purpose,
        "safe_mode_off_required": asked.safe_mode_off_required,
        "unsafe_action_protection_off": asked.unsafe_action_protection_off,
        "exclusive_required": asked.exclusive_required,
        "restart_required": asked.restart_required,
        "backup_required": asked.backup_required,
        "conflicts_with": list(asked.conflicts_with),
        "requires": list(asked.requires),
        "migration_notes": notes.of(language) if notes else None,
        "post_install_steps": list(asked.post_install_steps[language]),
    }


def _reason(code: Code, given: Mapping[str, object], language: Language) -> dict[str, object]:
    params = localised(given, language)
    return {
        "code": code,
        "reason": sentence(code, params, language),
        "params": {name: plain(value) for name, value in params.items()},
    }


def _eula(
    offers: Offers, release: PublishedRelease, language: Language
) -> dict[str, object] | None:
    eula = offers.agreements.required(release)
    if eula is None:
        return None
    sha256 = (eula.sha256_en if language == "en" else None) or eula.sha256_ru
    accepted = offers.agreements.is_accepted(eula)
    return {"id": str(eula.id), "sha256": sha256, "accepted": accepted}


def _activation(row: Row) -> dict[str, object]:
    if row.entitled is None:
        return _SEATLESS
    seat, terms = row.entitled.activation, row.entitled.entitlement
    return {
        "needed": seat is None,
        "id": str(seat.id) if seat else None,
        "seats_free": None if terms.seats is None else terms.seats - terms.active_count,
    }


def _nearest(row: Row, catalogue: Catalogue, language: Language) -> bytes:
    kept = catalogue.memory.parts if row.is_missing else row.said
    if kept is None:
        return _made_nearest(row, language)
    name = (row.release.id, _NEAREST, language)
    made: bytes | None = kept.get(name)
    if made is None:
        made = kept[name] = _made_nearest(row, language)
    return made


def _made_nearest(row: Row, language: Language) -> bytes:
    return encoded(
        {
            "extension": _extension(row.release.extension, language),
            "release": {"version": row.release.version},
            **_reason(row.code, row.params, language),
            "action_hint": row.code.action,
        }
    )
