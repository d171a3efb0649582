"""How a key stands now: its rights, the infobases it is used in, and what is in the way there."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import ValidationError
from sqlalchemy import select, true

from app.catalog.schemas.rules import EnvironmentFacts
from app.delivery.models import EulaAcceptance, InstallReport
from app.delivery.queries.acceptances import Agreements
from app.delivery.queries.catalogue import Catalogue, published
from app.kit.db import KitSession
from app.licensing.models import Activation, ActivationStatus, Infobase, LicenseCheck
from app.licensing.queries.keys import Seat, seats_by_id
from app.licensing.queries.rights import KeyRights
from app.support.queries.obstacles import Obstacle, Place, obstacles

_MOST = 10
"""Infobases that are looked at, those last heard of first."""
_REPORTS = 20
"""Of each infobase, the newest."""
_ASKED_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a key now."""

    rights: KeyRights
    seats: Sequence[Seat]
    obstacles: Sequence[Obstacle]


def situation(session: KitSession, rights: KeyRights, only: Infobase | None = None) -> Situation:
    """How a key stands everywhere, or at one infobase."""
    vendor_id, key_id = rights.vendor.id, rights.key.id
    seats = _seats(session, vendor_id, key_id, only)
    asked = _asked(session, vendor_id, key_id, only)
    catalogue = published(session, rights.vendor)
    agreed = _agreements(session, rights, catalogue)
    places = _places(session, agreed, seats, asked)
    found = obstacles(rights, places, catalogue)
    return Situation(rights, seats, found)


def _seats(
    session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID, only: Infobase | None
) -> list[Seat]:
    query = select(Activation.id).where(
        Activation.vendor_id == vendor_id,
        Activation.key_id == key_id,
        Activation.status == ActivationStatus.ACTIVE,
    )
    if only is not None:
        query = query.where(Activation.infobase_id == only.id)
    newest = query.order_by(Activation.last_seen_at.desc(), Activation.id).limit(_MOST)
    found = session.scalars(newest).all()
    by_id = seats_by_id(session, vendor_id, found)
    return [by_id[each] for each in found]


def _asked(
    session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID, only: Infobase | None
) -> Mapping[uuid.UUID, LicenseCheck]:
    """The last question of each infobase that said what it runs; newest first."""
    recent = (
        select(LicenseCheck)
        .where(
            LicenseCheck.vendor_id == vendor_id,
            LicenseCheck.key_id == key_id,
            LicenseCheck.kind == "offers",
            LicenseCheck.infobase_uid.is_not(None),
            LicenseCheck.created_at >= session.now() - _ASKED_WITHIN,
        )
        .order_by(LicenseCheck.id.desc())
        .limit(_MOST * _REPORTS)
    )
    if only is not None:
        recent = recent.where(LicenseCheck.infobase_uid == only.uid)
    found: dict[uuid.UUID, LicenseCheck] = {}
    for row in session.scalars(recent):
        if row.infobase_uid is not None:
            found.setdefault(row.infobase_uid, row)
    return found


def _places(
    session: KitSession,
    agreed: "_Agreed",
    seats: Sequence[Seat],
    asked: Mapping[uuid.UUID, LicenseCheck],
) -> list[Place]:
    infobases = {seat.infobase.uid: seat.infobase for seat in seats}
    unseen = [uid for uid in asked if uid not in infobases][: _MOST - len(infobases)]
    if unseen:
        known = select(Infobase).where(
            Infobase.vendor_id == agreed.vendor_id, Infobase.uid.in_(unseen)
        )
        infobases |= {row.uid: row for row in session.scalars(known)}
    reports = _reports(session, agreed.vendor_id, [row.id for row in infobases.values()])
    return [
        _place(uid, infobases.get(uid), seats, asked.get(uid), agreed, reports)
        for uid in dict.fromkeys([*(seat.infobase.uid for seat in seats), *unseen])
    ]


def _place(
    uid: uuid.UUID,
    infobase: Infobase | None,
    seats: Sequence[Seat],
    asked: LicenseCheck | None,
    agreed: "_Agreed",
    reports: Mapping[uuid.UUID, Mapping[uuid.UUID, InstallReport]],
) -> Place:
    return Place(
        uid,
        infobase.label if infobase else f"…{str(uid)[-5:]}",
        infobase,
        {seat.product.id: seat.activation for seat in seats if seat.infobase.uid == uid},
        _environment(infobase, asked),
        agreed.at(infobase.id if infobase else None),
        reports.get(infobase.id, {}) if infobase else {},
    )


def _environment(infobase: Infobase | None, asked: LicenseCheck | None) -> EnvironmentFacts | None:
    """What was last told of the infobase, by whichever came later; None if nothing was."""
    newest: Infobase | LicenseCheck | None = infobase
    if asked and (infobase is None or asked.created_at >= infobase.last_seen_at):
        newest = asked
    if newest is None or not newest.configuration_name:
        return None
    kind = newest.infobase_kind if isinstance(newest, LicenseCheck) else newest.kind
    configuration = {
        "name": newest.configuration_name,
        "version": newest.configuration_version or "",
    }
    told = {"configuration": configuration, "platform_version": newest.platform_version}
    try:
        return EnvironmentFacts.model_validate(told | {"infobase_kind": kind})
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class _Agreed:
    """Agreements of the vendor, and what this key accepted where."""

    vendor_id: uuid.UUID
    catalogue: Catalogue
    today: date
    accepted: Mapping[uuid.UUID, frozenset[tuple[uuid.UUID, str]]]

    def at(self, infobase_id: uuid.UUID | None) -> Agreements:
        """As an agent at that infobase finds them."""
        texts = self.accepted.get(infobase_id, frozenset()) if infobase_id else frozenset()
        return Agreements.on(self.today, self.catalogue, texts)


def _agreements(session: KitSession, rights: KeyRights, catalogue: Catalogue) -> _Agreed:
    vendor_id = rights.vendor.id
    rows = session.execute(
        select(EulaAcceptance.infobase_id, EulaAcceptance.eula_id, EulaAcceptance.text_sha256)
        .where(EulaAcceptance.vendor_id == vendor_id, EulaAcceptance.key_id == rights.key.id)
        .order_by(EulaAcceptance.id.desc())
        .limit(1_000)
    ).all()
    accepted: dict[uuid.UUID, set[tuple[uuid.UUID, str]]] = {}
    for infobase_id, eula_id, sha256 in rows:
        accepted.setdefault(infobase_id, set()).add((eula_id, sha256))
    return _Agreed(
        vendor_id,
        catalogue,
        rights.today,
        {infobase_id: frozenset(texts) for infobase_id, texts in accepted.items()},
    )


def _reports(
    session: KitSession, vendor_id: uuid.UUID, infobases: Sequence[uuid.UUID]
) -> dict[uuid.UUID, dict[uuid.UUID, InstallReport]]:
    """The last report of each extension, by infobase."""
    if not infobases:
        return {}
    one = select(Infobase.id).where(Infobase.id.in_(infobases)).subquery()
    newest = (
        select(InstallReport)
        .where(InstallReport.vendor_id == vendor_id, InstallReport.infobase_id == one.c.id)
        .order_by(InstallReport.created_at.desc(), InstallReport.id.desc())
        .limit(_REPORTS)
        .lateral()
    )
    rows = session.scalars(
        select(InstallReport).where(
            InstallReport.id.in_(select(newest.c.id).select_from(one.join(newest, true())))
        )
    ).all()
    found: dict[uuid.UUID, dict[uuid.UUID, InstallReport]] = {}
    for row in sorted(rows, key=lambda row: (row.created_at, row.id), reverse=True):
        if row.extension_id is not None:
            found.setdefault(row.infobase_id, {}).setdefault(row.extension_id, row)
    return found
