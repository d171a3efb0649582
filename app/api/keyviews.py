"""Keys and what is in them, as automation reads them."""

import uuid
from collections.abc import Sequence

from app.kit.db import KitSession
from app.kit.problems import NotFound
from app.licensing.models import LicenseKey, LicenseKeyCode
from app.licensing.queries.checks import key_state
from app.licensing.queries.keys import Seat, entitlement_of
from app.licensing.queries.lists import codes_of
from app.licensing.queries.rights import Entitled, KeyRights, rights_of_keys
from app.licensing.queries.status import entitlement_status, window_end
from app.licensing.schemas.views import (
    ActivationView,
    CodeView,
    CustomerName,
    EntitlementView,
    FeatureView,
    FullKeyView,
    InfobaseView,
    KeyView,
    ProductName,
    SeatsView,
)


def key_views(
    session: KitSession, vendor_id: uuid.UUID, keys: Sequence[LicenseKey]
) -> dict[uuid.UUID, KeyView]:
    """Several keys at once, by id."""
    ids = [key.id for key in keys]
    rights, codes = rights_of_keys(session, vendor_id, ids), codes_of(session, vendor_id, ids)
    return {each: _key(rights[each], codes.get(each, ())) for each in ids}


def full_key(session: KitSession, vendor_id: uuid.UUID, key_id: uuid.UUID) -> FullKeyView:
    """One key with all that is in it."""
    rights = rights_of_keys(session, vendor_id, [key_id]).get(key_id)
    if rights is None:
        raise NotFound
    codes = codes_of(session, vendor_id, [key_id]).get(key_id, ())
    held = [entitlement_view(rights, item) for item in rights.entitlements]
    return FullKeyView(**dict(_key(rights, codes)), entitlements=held)


def _key(rights: KeyRights, codes: Sequence[LicenseKeyCode]) -> KeyView:
    key = rights.key
    return KeyView.model_validate(
        {
            "id": key.id,
            "hint": key.hint,
            "status": key.status,
            "state": key_state(rights),
            "suspend_reason": key.suspend_reason,
            "comment": key.comment,
            "customer": _customer(rights),
            "codes": [
                CodeView.model_validate(
                    {"hint": code.hint, "kind": code.kind, "expires_at": code.expires_at}
                )
                for code in codes
            ],
            "created_at": key.created_at,
            "row_version": key.row_version,
        }
    )


def _customer(rights: KeyRights) -> CustomerName:
    return CustomerName(id=rights.customer.id, company=rights.customer.company)


def one_entitlement(
    session: KitSession, vendor_id: uuid.UUID, entitlement_id: uuid.UUID
) -> EntitlementView:
    """One product in a key."""
    row, product = entitlement_of(session, vendor_id, entitlement_id)
    rights = rights_of_keys(session, vendor_id, [row.key_id])[row.key_id]
    item = rights.of_product(product.id)
    if item is None:
        raise NotFound
    return entitlement_view(rights, item)


def entitlement_view(rights: KeyRights, item: Entitled) -> EntitlementView:
    """A product in a key."""
    row = item.entitlement
    return EntitlementView.model_validate(
        {
            "id": row.id,
            "key_id": row.key_id,
            "key": rights.key.hint,
            "customer": _customer(rights),
            "product": ProductName(code=item.product.code, name=item.product.name),
            "status": row.status,
            "state": entitlement_status(rights, item).value,
            "source": row.source,
            "is_trial": row.is_trial,
            "starts_on": row.starts_on,
            "valid_until": row.valid_until,
            "updates_until": row.updates_until,
            "window_end": window_end(row),
            "seats": SeatsView(max=row.seats, used=row.active_count),
            "channel": row.channel,
            "features": [
                FeatureView(code=held.code, name=held.name, quantity=held.quantity, unit=held.unit)
                for held in item.features
            ],
            "created_at": row.created_at,
            "row_version": row.row_version,
        }
    )


def activation_view(seat: Seat) -> ActivationView:
    """A seat, taken or given back."""
    row, infobase = seat.activation, seat.infobase
    place = {"id": infobase.uid, "label": infobase.label, "kind": infobase.kind}
    return ActivationView.model_validate(
        {
            "id": row.id,
            "key_id": seat.key.id,
            "key": seat.key.hint,
            "product": ProductName(code=seat.product.code, name=seat.product.name),
            "infobase": InfobaseView.model_validate(place),
            "machine": row.machine,
            "windows_user": row.windows_user,
            "status": row.status,
            "release_cause": row.release_cause,
            "released_at": row.released_at,
            "last_seen_at": row.last_seen_at,
            "activated_at": row.created_at,
        }
    )
