"""Keys as lists and cards show them: hint, state, products in words, seats, the last contact."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.cabinet.auth import Viewer
from app.kit.db import KitSession
from app.kit.i18n import Language
from app.licensing.models import EntitlementStatus, LicenseKey
from app.licensing.queries.checks import key_state
from app.licensing.queries.keys import last_seen
from app.licensing.queries.rights import Entitled, KeyRights, rights_of_keys
from app.licensing.queries.status import entitlement_status, status_text


@dataclass(frozen=True, slots=True)
class HeldProduct:
    """A product in a key, in words."""

    item: Entitled
    state: str
    text: str

    @property
    def counts(self) -> bool:
        """Whether it is in the key still."""
        return self.item.entitlement.status != EntitlementStatus.WITHDRAWN


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key in a list."""

    rights: KeyRights
    state: str
    products: Sequence[HeldProduct]
    last_seen_at: datetime | None

    @property
    def seats_used(self) -> int:
        """How many infobases sit on the key's products."""
        return sum(each.item.entitlement.active_count for each in self.products)

    @property
    def seats(self) -> int | None:
        """How many may; None is no limit."""
        counts = [each.item.entitlement.seats for each in self.products]
        return None if None in counts else sum(number or 0 for number in counts)

    @property
    def ends(self) -> date | None:
        """The nearest end of a product."""
        ends = [each.item.entitlement.valid_until for each in self.products]
        return min((end for end in ends if end), default=None)


def held_products(rights: KeyRights, language: Language) -> list[HeldProduct]:
    """The products of a key, withdrawn ones too."""
    found = []
    for item in rights.entitlements:
        status = entitlement_status(rights, item)
        text = status_text(status, item, rights.today, language)
        found.append(HeldProduct(item, status.value, text))
    return found


def key_rows(session: KitSession, viewer: Viewer, keys: Sequence[LicenseKey]) -> list[KeyRow]:
    """Several keys at once, in their order."""
    ids = [key.id for key in keys]
    rights = rights_of_keys(session, viewer.vendor_id, ids)
    seen = last_seen(session, viewer.vendor_id, ids)
    return [_row(rights[each], viewer.locale, seen) for each in ids]


def _row(rights: KeyRights, language: Language, seen: dict[uuid.UUID, datetime]) -> KeyRow:
    held = [each for each in held_products(rights, language) if each.counts]
    return KeyRow(rights, key_state(rights), held, seen.get(rights.key.id))
