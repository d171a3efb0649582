"""Which agreement a product asks for, and whether it was accepted for an infobase."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.catalog import queries as catalog
from app.catalog.models import Eula, Release
from app.delivery.models import EulaAcceptance
from app.delivery.problems import EulaOutdated, EulaRequired
from app.delivery.queries.catalogue import PublishedRelease
from app.kit.db import KitSession
from app.kit.problems import Problem
from app.licensing.queries.rights import KeyRights


@dataclass(frozen=True, slots=True)
class Agreements:
    """Agreements in force today, and those that this key accepted for this infobase."""

    current: Mapping[uuid.UUID, Eula]
    pinned: Mapping[uuid.UUID, Eula]
    accepted: frozenset[tuple[uuid.UUID, str]]
    """(agreement, SHA-256 of the accepted text)"""

    def required(self, release: PublishedRelease) -> Eula | None:
        """The release's own agreement, else its product's newest one in force."""
        if release.eula_id is not None:
            return self.pinned.get(release.eula_id)
        return self.current.get(release.extension.product_id)

    def is_accepted(self, eula: Eula) -> bool:
        """Whether exactly one of its texts was accepted."""
        return not self.accepted.isdisjoint(
            {(eula.id, eula.sha256_ru), (eula.id, eula.sha256_en or eula.sha256_ru)}
        )

    def refusal(self, release: PublishedRelease) -> Problem | None:
        """What keeps a download back, or None."""
        eula = self.required(release)
        if eula is None or self.is_accepted(eula):
            return None
        older = any(row.product_id == eula.product_id for row in self._accepted_rows())
        return EulaOutdated() if older else EulaRequired()

    def _accepted_rows(self) -> list[Eula]:
        known = [*self.current.values(), *self.pinned.values()]
        accepted = {eula_id for eula_id, _ in self.accepted}
        return [eula for eula in known if eula.id in accepted]


def agreements(session: KitSession, rights: KeyRights) -> Agreements:
    """Everything about agreements that an offer or a download of this key asks for."""
    vendor_id = rights.vendor.id
    infobase_id = rights.infobase.id if rights.infobase else None
    accepted = session.execute(
        select(EulaAcceptance.eula_id, EulaAcceptance.text_sha256).where(
            EulaAcceptance.vendor_id == vendor_id,
            EulaAcceptance.key_id == rights.key.id,
            EulaAcceptance.infobase_id == infobase_id,
        )
    )
    texts = frozenset((eula_id, sha256) for eula_id, sha256 in accepted)
    wanted = select(Release.eula_id).where(
        Release.vendor_id == vendor_id, Release.eula_id.is_not(None)
    )
    ids = {eula_id for eula_id, _ in texts}
    pinned = session.scalars(
        select(Eula).where(Eula.vendor_id == vendor_id, Eula.id.in_(wanted) | Eula.id.in_(ids))
    )
    return Agreements(
        catalog.current_eulas(session, vendor_id, rights.today),
        {eula.id: eula for eula in pinned},
        texts,
    )


def accepted_count(
    session: KitSession, vendor_id: uuid.UUID, eulas: Sequence[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """For how many infobases each of the agreements was accepted."""
    rows = session.execute(
        select(EulaAcceptance.eula_id, func.count())
        .where(EulaAcceptance.vendor_id == vendor_id, EulaAcceptance.eula_id.in_(eulas))
        .group_by(EulaAcceptance.eula_id)
    )
    return dict.fromkeys(eulas, 0) | {row[0]: row[1] for row in rows}
