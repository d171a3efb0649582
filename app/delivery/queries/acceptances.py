"""Which agreement a product asks for, and whether it was accepted for an infobase."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from sqlalchemy import func, select

from app.delivery.models import EulaAcceptance
from app.delivery.problems import EulaOutdated, EulaRequired
from app.delivery.queries.catalogue import Catalogue, PublishedRelease
from app.delivery.queries.goods import EulaFacts
from app.kit.db import KitSession
from app.kit.problems import Problem
from app.licensing.queries.rights import KeyRights


@dataclass(frozen=True, slots=True)
class Agreements:
    """Agreements in force today, and those that this key accepted for this infobase."""

    current: Mapping[uuid.UUID, EulaFacts]
    """By product."""
    known: Mapping[uuid.UUID, EulaFacts]
    """All of the vendor, by their ids."""
    accepted: frozenset[tuple[uuid.UUID, str]]
    """(agreement, SHA-256 of the accepted text)"""

    @classmethod
    def on(
        cls, day: date, catalogue: Catalogue, accepted: frozenset[tuple[uuid.UUID, str]]
    ) -> Self:
        """What the catalogue asks for on a day, and what was accepted of it."""
        return cls(catalogue.in_force(day), catalogue.goods.eulas, accepted)

    def required(self, release: PublishedRelease) -> EulaFacts | None:
        """The release's own agreement, else its product's newest one in force."""
        if release.eula_id is not None:
            return self.known.get(release.eula_id)
        return self.current.get(release.extension.product_id)

    def is_accepted(self, eula: EulaFacts) -> bool:
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

    def _accepted_rows(self) -> list[EulaFacts]:
        return [self.known[eula_id] for eula_id, _ in self.accepted if eula_id in self.known]


def agreements(session: KitSession, catalogue: Catalogue, rights: KeyRights) -> Agreements:
    """Everything about agreements that a download of this key asks for."""
    infobase_id = rights.infobase.id if rights.infobase else None
    accepted = session.execute(
        select(EulaAcceptance.eula_id, EulaAcceptance.text_sha256).where(
            EulaAcceptance.vendor_id == rights.vendor.id,
            EulaAcceptance.key_id == rights.key.id,
            EulaAcceptance.infobase_id == infobase_id,
        )
    )
    texts = frozenset((eula_id, sha256) for eula_id, sha256 in accepted)
    return Agreements.on(rights.today, catalogue, texts)


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
