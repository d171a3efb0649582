"""What a credential stands for, read by one statement: all that a check and an offer ask for."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, NamedTuple

from app.delivery.queries.catalogue import Catalogue
from app.delivery.queries.goods import PublishedProduct
from app.kit.clock import local_date
from app.licensing.queries.facts import HeldFeature

# Whose credential it is: $1 is its digest. The infobase ($2) of a token is its own.
_OF_KEY: Final = """
    SELECT key_id, expires_at, NULL::uuid AS activation_id, NULL::uuid AS infobase_id,
           $2::uuid AS uid, NULL::uuid AS own_uid
    FROM license_key_codes WHERE digest = $1"""
_OF_SEAT: Final = """
    SELECT e.key_id, NULL::timestamptz AS expires_at, s.id AS activation_id,
           b.id AS infobase_id, b.uid, b.uid AS own_uid
    FROM installation_tokens n
    JOIN activations s ON s.id = n.activation_id
    JOIN infobases b ON b.id = s.infobase_id
    JOIN entitlements e ON e.id = s.entitlement_id
    WHERE n.digest = $1 AND $2::uuid IS NOT DISTINCT FROM $2::uuid"""
# A trial leaves an entitlement, so only one that was withdrawn has to be asked for it. What was
# accepted is asked for offers alone ($3).
_ALL: Final = """
SELECT w.expires_at, w.activation_id, w.infobase_id, w.own_uid,
       k.id, k.customer_id, k.status, k.hint, c.status, c.company,
       v.id, v.status, v.time_zone, v.expiring_days, v.catalogue_version,
       t.repo_id, t.timestamp_version, i.id, held.rows, seats.rows, accepted.rows
FROM ({who}) w
JOIN license_keys k ON k.id = w.key_id
JOIN customers c ON c.id = k.customer_id
JOIN vendors v ON v.id = k.vendor_id
LEFT JOIN trust_repositories t ON t.vendor_id = k.vendor_id AND t.root_version > 0
LEFT JOIN infobases i ON i.vendor_id = k.vendor_id AND i.uid = w.uid
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(
        e.id, e.product_id, e.status, e.starts_on, e.valid_until, e.updates_until,
        e.seats, e.active_count, e.channel, e.is_trial,
        (SELECT json_agg(json_build_array(f.feature_id, f.quantity))
         FROM entitlement_features f WHERE f.entitlement_id = e.id),
        CASE WHEN e.status = 'withdrawn' THEN EXISTS (
            SELECT FROM trials r
            WHERE r.key_id = e.key_id AND r.product_id = e.product_id
              AND (r.end_reason IS NULL OR r.end_reason <> 'reversed'))
        END)) AS rows
    FROM entitlements e WHERE e.key_id = k.id) held
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(s.entitlement_id, s.id, s.installed_release_id)) AS rows
    FROM activations s
    WHERE s.vendor_id = i.vendor_id AND s.infobase_id = i.id AND s.status = 'active') seats
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(a.eula_id, a.text_sha256)) AS rows
    FROM eula_acceptances a
    WHERE $3::boolean AND a.vendor_id = i.vendor_id AND a.key_id = k.id
      AND a.infobase_id = i.id) accepted"""

OF_CODE: Final = _ALL.format(who=_OF_KEY)
OF_TOKEN: Final = _ALL.format(who=_OF_SEAT)


class StandingVendor(NamedTuple):
    """Whose key it is."""

    id: uuid.UUID
    status: str
    time_zone: str
    expiring_days: int


class StandingCustomer(NamedTuple):
    """Who bought it."""

    status: str
    company: str


class StandingKey(NamedTuple):
    """The key."""

    id: uuid.UUID
    status: str
    hint: str


class StandingEntitlement(NamedTuple):
    """A product's terms."""

    status: str
    starts_on: date
    valid_until: date | None
    updates_until: date | None
    seats: int | None
    active_count: int
    channel: str
    is_trial: bool


class StandingSeat(NamedTuple):
    """The infobase's seat."""

    id: uuid.UUID
    installed_release_id: uuid.UUID | None


class StandingInfobase(NamedTuple):
    """The infobase."""

    id: uuid.UUID


class StandingHeld(NamedTuple):
    """A product of the key."""

    entitlement: StandingEntitlement
    product: PublishedProduct
    activation: StandingSeat | None
    features: Sequence[HeldFeature]


@dataclass(frozen=True)
class StandingRights:
    """What a key gives, in the shape that decisions ask for."""

    key: StandingKey
    customer: StandingCustomer
    vendor: StandingVendor
    entitlements: Sequence[StandingHeld]
    infobase: StandingInfobase | None
    now: datetime
    today: date

    @cached_property
    def _by_product(self) -> Mapping[uuid.UUID, StandingHeld]:
        return {item.product.id: item for item in self.entitlements}

    def of_product(self, product_id: uuid.UUID) -> StandingHeld | None:
        """The product in this key, withdrawn or not."""
        return self._by_product.get(product_id)


class Standing(NamedTuple):
    """A row of the statement, in its order."""

    expires_at: datetime | None
    """When the code is good no more; None for ever."""
    activation_id: uuid.UUID | None
    infobase_id: uuid.UUID | None
    own_uid: uuid.UUID | None
    """The infobase that a token belongs to, with its activation."""
    key_id: uuid.UUID
    customer_id: uuid.UUID
    key_status: str
    hint: str
    customer_status: str
    company: str
    vendor_id: uuid.UUID
    vendor_status: str
    time_zone: str
    expiring_days: int
    catalogue_version: int
    repo_id: str | None
    timestamp_version: int | None
    here_id: uuid.UUID | None
    """The infobase that is spoken of, if it is known."""
    held: list[list[Any]] | None
    seats: list[list[Any]] | None
    accepted_texts: list[list[str]] | None

    @property
    def accepted(self) -> frozenset[tuple[uuid.UUID, str]]:
        """Agreements that were accepted for the infobase, with the SHA-256 of their texts."""
        return frozenset((uuid.UUID(eula), sha256) for eula, sha256 in self.accepted_texts or ())

    @property
    def tried(self) -> set[uuid.UUID]:
        """Products that were withdrawn after they had been tried out."""
        return {uuid.UUID(row[1]) for row in self.held or () if row[11]}

    def rights(self, catalogue: Catalogue, now: datetime) -> StandingRights:
        """The same with what the catalogue knows of products and features."""
        seats = {row[0]: row for row in self.seats or ()}
        held = [_held(row, seats.get(row[0]), catalogue) for row in self.held or ()]
        held.sort(key=_by_code)
        return StandingRights(
            StandingKey(self.key_id, self.key_status, self.hint),
            StandingCustomer(self.customer_status, self.company),
            StandingVendor(self.vendor_id, self.vendor_status, self.time_zone, self.expiring_days),
            held,
            StandingInfobase(self.here_id) if self.here_id else None,
            now,
            local_date(now, self.time_zone),
        )


def _by_code(item: StandingHeld) -> str:
    return item.product.code


def _held(row: list[Any], seat: list[Any] | None, catalogue: Catalogue) -> StandingHeld:
    product = catalogue.goods.by_text[row[1]]
    entitlement = StandingEntitlement(
        row[2], date.fromisoformat(row[3]), _date(row[4]), _date(row[5]), *row[6:10]
    )
    return StandingHeld(
        entitlement,
        product,
        _seat(*seat[1:]) if seat else None,
        _features(row[10], product, catalogue) if row[10] else (),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _seat(activation_id: str, release_id: str | None) -> StandingSeat:
    return StandingSeat(uuid.UUID(activation_id), uuid.UUID(release_id) if release_id else None)


def _features(
    rows: list[list[Any]], product: PublishedProduct, catalogue: Catalogue
) -> list[HeldFeature]:
    held = []
    for feature_id, quantity in rows:
        known = catalogue.goods.features[uuid.UUID(feature_id)]
        held.append(HeldFeature(known.code, known.name, quantity, known.unit(product.id)))
    return sorted(held, key=lambda feature: feature.code)
