"""What the generator shows and does: choices, first values, the sentence, preview and result."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from app.accounts import queries as accounts
from app.cabinet.auth import Viewer
from app.cabinet.coupons import shape
from app.cabinet.coupons.multiplying import Times, times
from app.cabinet.effects import EffectRow, effect_rows
from app.cabinet.formrows import Row
from app.cabinet.words import PRESETS
from app.catalog import queries as catalog
from app.catalog.models import ProductStatus
from app.coupons import queries
from app.coupons.schemas import RedeemCoupon, WishedCoupons
from app.coupons.service.batches import GeneratedBatch, completed, generate, like, plan
from app.coupons.service.describe import describe, describe_batch
from app.coupons.service.redemptions import redeem
from app.customers import queries as customers
from app.customers.models import Customer
from app.customers.schemas import FindCustomers
from app.kit.clock import local_date
from app.kit.db import KitSession, UnitOfWork
from app.kit.i18n import N_, translate
from app.kit.problems import command
from app.kit.web.forms import Fields, Form, tried
from app.kit.web.html import local_date as day_text
from app.licensing.problems import NoEffect
from app.licensing.queries.keys import license_key
from app.licensing.queries.rights import key_rights
from app.licensing.schemas import ChangeRights, Operation, ReplaceProducts
from app.licensing.service.keys import InstallerPrincipal
from app.licensing.service.manual import preview_change
from app.licensing.service.state import load
from wire import codes

_SOON, _MANY = timedelta(days=7), 1_000


class Asked(BaseModel):
    """What the address of the generator may say."""

    preset: Literal["add_product", "extend_trial", "replace_products", "custom"] = "add_product"
    like: uuid.UUID | None = None
    key_id: uuid.UUID | None = None
    customer_id: uuid.UUID | None = None


def first_values(session: KitSession, viewer: Viewer, asked: Asked) -> dict[str, list[str]]:
    """A fresh form: empty, like an earlier batch, or with what a key holds now."""
    values: dict[str, list[str]] = {"count": ["1"], "max_redemptions": ["1"]}
    values["preset"] = [asked.preset]
    rows = _first_rows(session, viewer, asked)
    if asked.like is not None:
        kept: dict[str, Any] = like(session, viewer.vendor_id, asked.like)
        rows = shape.as_rows(kept.pop("operations"))
        kept["name"] = queries.unlike(session, viewer.vendor_id, kept["name"])
        values |= {name: [str(value)] for name, value in kept.items() if value not in (None, "")}
        values["preset"] = [queries.batch(session, viewer.vendor_id, asked.like).preset]
    if asked.key_id is not None:
        values["bound_key_id"] = [str(asked.key_id)]
    if asked.customer_id is not None:
        values["bound_customer_id"] = [str(asked.customer_id)]
    return values | shape.flat(rows)


def first_rows(session: KitSession, viewer: Viewer, asked: Asked) -> dict[str, list[str]]:
    """The rows of a replacement: what the key holds now; with the preset and the key."""
    rows = shape.flat(_first_rows(session, viewer, asked))
    return rows | {"preset": [asked.preset], "bound_key_id": [str(asked.key_id)]}


def _first_rows(session: KitSession, viewer: Viewer, asked: Asked) -> Sequence[Row]:
    if asked.preset == "extend_trial":
        return [{"days": ["14"]}]
    if asked.preset == "replace_products" and asked.key_id is not None:
        return [_row_of(code, rights) for code, rights in _held(session, viewer, asked.key_id)]
    return [{"term": ["days"], "days": ["365"]}]


def _held(session: KitSession, viewer: Viewer, key_id: uuid.UUID) -> list[tuple[str, Any]]:
    state = load(session, viewer.vendor_id, key_id).state
    return [(code, rights) for code, rights in sorted(state.rights.items()) if rights.is_present]


def _row_of(code: str, rights: Any) -> dict[str, list[str]]:
    """A product as it stands in the key, as the row that keeps it so."""
    row = {"product": [code], "channel": [rights.channel.value], "quantity": ["1"]}
    row["seats_kind"] = ["unlimited" if rights.seats is None else "number"]
    row["seats"] = [] if rights.seats is None else [str(rights.seats)]
    row["term"] = ["perpetual" if rights.valid_until is None else "until"]
    row["until"] = [rights.valid_until.isoformat()] if rights.valid_until else []
    if rights.updates_until:
        row |= {"updates": ["until"], "updates_until": [rights.updates_until.isoformat()]}
    row |= {"features_kind": ["own"], "features": [feature for feature, _ in rights.features]}
    return row | {f"quantity-{one}": [str(many)] for one, many in rights.features if many}


def default_name(session: KitSession, viewer: Viewer, preset: str) -> str:
    """A batch without a name is «Добавить продукт, 21.11.2026», the next one «… (2)»."""
    said = translate(PRESETS.get(preset, PRESETS["add_product"]), viewer.locale)
    name = f"{said}, {day_text(_today(session, viewer), viewer.locale)}"
    return queries.unlike(session, viewer.vendor_id, name)


def _today(session: KitSession, viewer: Viewer) -> date:
    zone = accounts.vendor(session, viewer.vendor_id).time_zone
    return local_date(session.now(), zone)


def offered(session: KitSession, viewer: Viewer, filled: Form) -> dict[str, object]:
    """What the form lets people choose from, and what it says already."""
    known = catalog.sold_products(session, viewer.vendor_id)
    sold = [each for each in known if each.product.status == ProductStatus.ACTIVE]
    fields = Fields([(name, value) for name, many in filled.values.items() for value in many])
    wish = shape.read(fields, "…")
    return {
        "preset": wish.preset,
        "presets": PRESETS,
        "rows": wish.rows,
        "fields_of": shape.FIELDS_OF,
        "sold": sorted(sold, key=lambda each: each.product.name),
        "times": [times(sold, row, viewer.locale) for row in wish.rows],
        "features": [
            each for each in catalog.features(session, viewer.vendor_id) if not each.retired
        ],
        "partners": customers.distributor_names(session, viewer.vendor_id),
        "default_name": default_name(session, viewer, wish.preset),
        "sentence": sentence_of(session, viewer, wish, known),
        "found_customers": customers_meant(session, viewer, filled.value("find_customer")),
        **_bound(session, viewer, wish),
    }


def customers_meant(session: KitSession, viewer: Viewer, text: str) -> Sequence[Customer]:
    """Customers that a person may mean by some words: a few of them."""
    if not text.strip() or not text.isprintable():
        return ()
    asked = tried(lambda: command(FindCustomers, {"q": text, "status": "active", "limit": 10}))[0]
    return customers.customers(session, viewer.vendor_id, asked).rows if asked else ()


def row_times(session: KitSession, viewer: Viewer, wish: shape.Wish, number: int) -> Times:
    """What the multiplier of one row comes to."""
    row = wish.rows[number] if 0 <= number < len(wish.rows) else {}
    return times(catalog.sold_products(session, viewer.vendor_id), row, viewer.locale)


def _bound(session: KitSession, viewer: Viewer, wish: shape.Wish) -> dict[str, object]:
    """The one key or customer that the coupon is for, with what the key holds now."""
    named = {"key_id": "bound_key_id", "customer_id": "bound_customer_id"}
    told = {mine: wish.told[theirs] for mine, theirs in named.items() if theirs in wish.told}
    asked = tried(lambda: command(Asked, told))[0] or Asked()
    rights = key_rights(session, viewer.vendor_id, asked.key_id) if asked.key_id else None
    customer = None
    if asked.customer_id:
        customer = customers.customer(session, viewer.vendor_id, asked.customer_id)
    return {
        "bound": rights,
        "held": _held_rows(session, viewer, asked.key_id) if asked.key_id else [],
        "bound_customer": customer,
    }


def _held_rows(session: KitSession, viewer: Viewer, key_id: uuid.UUID) -> list[EffectRow]:
    """What the key holds now, in the words of the table of changes."""
    snapshots = load(session, viewer.vendor_id, key_id).state.snapshot()
    names = queries.names(session, viewer.vendor_id)
    same = [{"product": code, "before": each, "after": each} for code, each in snapshots.items()]
    return effect_rows(same, names, viewer.locale)


def sentence_of(
    session: KitSession, viewer: Viewer, wish: shape.Wish, sold: Sequence[catalog.SoldProduct]
) -> str:
    """What the coupons would do, in words; nothing while the form is not complete."""
    shaped, _ = tried(wish.command)
    if shaped is None:
        return ""
    known = {each.product.code for each in sold}
    rows: list[Any] = []
    for each in shaped.operations:
        rows += each.after if isinstance(each, ReplaceProducts) else [each]
    if not known.issuperset(row.product for row in rows):
        return ""
    return told(session, viewer, shaped, completed(session, viewer.vendor_id, shaped))


def told(
    session: KitSession,
    viewer: Viewer,
    wish: WishedCoupons,
    operations: Sequence[Operation],
    *,
    made: bool = False,
) -> str:
    """The sentence over operations and number; the one that every page uses."""
    names = queries.names(session, viewer.vendor_id, wish.bound_key_id)
    number = describe_batch(
        wish.count, wish.max_redemptions, wish.valid_until, viewer.locale, made_already=made
    )
    return f"{describe(operations, names, viewer.locale)} {number}"


def preview(session: UnitOfWork, viewer: Viewer, wish: shape.Wish) -> dict[str, object]:
    """What would be made, and what people should look at twice."""
    shaped = wish.command()
    planned = plan(session, viewer.vendor_id, shaped)
    changes = _rehearsed(session, viewer, shaped)
    names = queries.names(session, viewer.vendor_id, shaped.bound_key_id)
    each = [describe([operation], names, viewer.locale) for operation in planned.operations]
    return {
        "wish": shaped,
        "preset": planned.preset,
        "sentence": told(session, viewer, shaped, planned.operations),
        "operations": each if len(each) > 1 else [],
        "bound_hint": _tail(session, viewer, shaped.bound_key_id),
        "changes": changes,
        "warnings": list(_warnings(session, viewer, shaped)),
        "partners": customers.distributor_names(session, viewer.vendor_id),
    }


def _rehearsed(session: UnitOfWork, viewer: Viewer, wish: WishedCoupons) -> list[EffectRow]:
    """What a replacement would make of its key; one that changes nothing is refused."""
    if wish.bound_key_id is None or not isinstance(wish.operations[0], ReplaceProducts):
        return []
    change = ChangeRights.model_construct(operations=wish.operations, reason="")
    try:
        effects = preview_change(
            session, viewer.vendor_id, wish.bound_key_id, change, actor=viewer.actor
        )
    except NoEffect:
        raise NoEffect(N_("The products stay as they are: the coupon would do nothing")) from None
    names = queries.names(session, viewer.vendor_id)
    return effect_rows([effect.document() for effect in effects], names, viewer.locale)


def _tail(session: KitSession, viewer: Viewer, key_id: uuid.UUID | None) -> str:
    """The end of the code of the key that is to change: «…58J0D»."""
    if key_id is None:
        return ""
    return f"…{codes.tail(license_key(session, viewer.vendor_id, key_id).hint)}"


def _warnings(session: KitSession, viewer: Viewer, wish: WishedCoupons) -> list[str]:
    """Message ids of what is legal and rarely meant."""
    found, today = [], _today(session, viewer)
    if wish.valid_until is not None and wish.valid_until - today < _SOON:
        found.append(N_("The coupons can be used for less than a week."))
    stored = [each.stored() for each in wish.operations]
    if any("perpetual" in str(each) for each in stored):
        found.append(N_("A product is given for ever."))
    if wish.count > _MANY:
        found.append(N_("More than 1,000 coupons are made at once."))
    if wish.bound_key_id is not None:
        held = {code for code, _ in _held(session, viewer, wish.bound_key_id)}
        if any(each["op"] == "add_product" and each.get("product") in held for each in stored):
            found.append(N_("The key has the product already: its term is extended."))
    return found


@dataclass(frozen=True, slots=True)
class Made:
    """Fresh coupons, with what their result page tells; of one that is used, what it did."""

    made: GeneratedBatch
    sentence: str
    activated: list[EffectRow] | None
    key_id: uuid.UUID | None
    key_hint: str = ""

    def context(self) -> Mapping[str, object]:
        """What the template needs."""
        return {
            "batch": self.made.batch,
            "codes": self.made.codes,
            "sentence": self.sentence,
            "activated": self.activated,
            "key_id": self.key_id,
            "key_hint": self.key_hint,
        }


def create(session: UnitOfWork, viewer: Viewer, wish: shape.Wish, *, activate: bool) -> Made:
    """Makes the coupons; the only one of a key may be activated at once."""
    shaped = wish.command()
    made = generate(session, viewer.vendor_id, shaped, actor=viewer.actor)
    if not activate or shaped.bound_key_id is None:
        sentence = told(session, viewer, shaped, made.operations, made=True)
        return Made(made, sentence, None, shaped.bound_key_id)
    key = license_key(session, viewer.vendor_id, shaped.bound_key_id)
    holder = InstallerPrincipal(viewer.vendor_id, key.id, key.customer_id, viewer.actor)
    done = redeem(session, RedeemCoupon(coupon=made.codes[0]), caller=holder)
    names = queries.names(session, viewer.vendor_id)
    lines = effect_rows(done.redemption.effects, names, viewer.locale, done=True)
    return Made(made, "", lines, key.id, _tail(session, viewer, key.id))
