"""The generator's form as operations: rows of fields on one side, commands on the other."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.cabinet import formrows
from app.cabinet.formrows import Row
from app.coupons.schemas import WishedCoupons
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed, command
from app.kit.web.forms import Fields

NEW_ROW: Row = {"product": [""], "term": ["days"], "days": ["365"]}
COMMON = (
    "count",
    "max_redemptions",
    "valid_from",
    "valid_until",
    "bound_key_id",
    "bound_customer_id",
    "distributor_id",
    "invoice_number",
    "invoice_date",
    "comment",
)
MANY_USES = "1000000"
PRESETS = ("add_product", "extend_trial", "replace_products", "custom")
FIELDS_OF: dict[str, tuple[str, ...]] = {
    "add_product": ("quantity", "seats", "term", "updates", "features", "channel"),
    "extend_term": ("term",),
    "extend_updates": ("until_only",),
    "add_seats": ("seats",),
    "add_feature": ("feature",),
    "start_trial": ("trial",),
    "set_channel": ("channel",),
}
"""What each operation has to be told besides its product; other fields are absent."""
_POINTER = re.compile(r"/operations/(\d+)(?:/after/(\d+))?/?(.*)")
_PARTS = {"term/days": "days", "term/until": "until", "updates": "updates_days"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form asks for: the preset, its rows, and the command as plain values."""

    preset: str
    rows: list[Row]
    told: dict[str, Any]

    def command(self) -> WishedCoupons:
        """The command; errors point at the fields of the form."""
        try:
            return command(WishedCoupons, self.told)
        except ValidationFailed as problem:
            raise relocated(problem) from None


def read(fields: Fields, default_name: str) -> Wish:
    """The form as it was sent."""
    preset = fields.text("preset")
    preset = preset if preset in PRESETS else "add_product"
    rows = fields.rows("rows")
    told: dict[str, Any] = fields.given(*COMMON)
    if preset == "extend_trial" and fields.has("reusable"):
        told["max_redemptions"] = many_uses(fields)
    told["name"] = fields.text("name").strip() or default_name
    told["operations"] = operations(preset, rows)
    return Wish(preset, list(rows), told)


def many_uses(fields: Fields) -> str:
    """How often a reusable coupon can be used: what was typed, unless that is once."""
    typed = fields.text("max_redemptions").strip()
    return MANY_USES if typed in {"", "1"} else typed


def operations(preset: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows as the operations of a preset."""
    if preset == "replace_products":
        return [{"op": "replace_products", "after": [product_row(row) for row in rows]}]
    if preset == "extend_trial":
        return [_trial(row) | {"op": "start_trial", "if_used": "extend"} for row in rows]
    if preset == "custom":
        return [_custom(row) for row in rows]
    return [product_row(row) | {"op": "add_product"} for row in rows]


def _one(row: Row, name: str) -> str:
    values = row.get(name, ())
    return values[-1].strip() if values else ""


def product_row(row: Row) -> dict[str, Any]:
    """A product with its terms; what is left empty takes the product's default."""
    told: dict[str, Any] = {"product": _one(row, "product"), "term": _term(row)}
    for name in ("quantity", "channel"):
        if _one(row, name):
            told[name] = _one(row, name)
    if _one(row, "seats_kind") == "unlimited":
        told["seats"] = None
    elif _one(row, "seats_kind") in {"", "number"} and _one(row, "seats"):
        told["seats"] = _one(row, "seats")
    if _one(row, "updates") in {"days", "until"}:
        kind = _one(row, "updates")
        told["updates"] = {kind: _one(row, f"updates_{kind}") or None}
    if _one(row, "features_kind") == "own":
        told["features"] = [_feature(row, code) for code in row.get("features", ())]
    return told


def _term(row: Row) -> dict[str, Any]:
    kind = _one(row, "term") or "days"
    if kind == "perpetual":
        return {"perpetual": True}
    return {kind: _one(row, kind) or None} if kind in {"days", "until"} else {}


def _feature(row: Row, code: str) -> dict[str, Any]:
    quantity = _one(row, f"quantity-{code}")
    return {"feature": code} | ({"quantity": quantity} if quantity else {})


def _trial(row: Row) -> dict[str, Any]:
    days = _one(row, "days")
    return {"product": _one(row, "product")} | ({"days": days} if days else {})


def _custom(row: Row) -> dict[str, Any]:
    """One operation of any kind, with the fields that it has."""
    op = _one(row, "op") or "add_product"
    if op == "add_product":
        return product_row(row) | {"op": op}
    told: dict[str, Any] = {"op": op, "product": _one(row, "product")}
    match op:
        case "extend_term" | "extend_updates":
            told["term"] = _term(row)
        case "add_seats":
            told["seats"] = _one(row, "seats") or None
        case "add_feature":
            told |= _feature(row, _one(row, "feature"))
        case "start_trial":
            told |= _trial(row) | {"if_used": _one(row, "if_used") or "refuse"}
        case "set_channel":
            told["channel"] = _one(row, "channel")
    return told


def relocated(problem: ValidationFailed) -> ValidationFailed:
    """Errors of operations as errors of the rows that they were made of."""
    for error in problem.errors:
        found = _POINTER.fullmatch(error["pointer"])
        if found:
            number, part = found[2] or found[1], found[3]
            name = _PARTS.get(part) or part.partition("/")[0] or "product"
            name = {"term": "days", "features": "product"}.get(name, name)
            error["pointer"] = f"/rows-{number}-{name}"
            if part == "product":  # a list to choose from: what codes look like says nothing here
                error |= {"code": "product_missing", "detail": N_("Choose a product")}
    return problem


def moved(rows: Sequence[Row], act: str) -> list[Row]:
    """The rows after one of the buttons beside them."""
    return formrows.moved(rows, act, NEW_ROW)


def flat(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Rows as fields of a form."""
    return formrows.flat(rows, "rows")


def as_rows(kept: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Operations as a coupon keeps them, as rows of a form."""
    return [
        _as_row(part) | {"op": [each["op"]]}
        for each in kept
        for part in (each["after"] if each["op"] == "replace_products" else [each])
    ]


def _as_row(part: Mapping[str, Any]) -> dict[str, list[str]]:
    row = {
        name: [str(part[name])]
        for name in ("product", "quantity", "days", "feature", "channel", "if_used")
        if part.get(name) is not None
    }
    if "seats" in part:
        row["seats_kind"] = ["unlimited" if part["seats"] is None else "number"]
        row["seats"] = [] if part["seats"] is None else [str(part["seats"])]
    for prefix, member in (("", "term"), ("updates_", "updates")):
        for kind, value in (part.get(member) or {}).items():
            if value is not None:
                row[member] = [kind]
                row[f"{prefix}{kind}"] = [str(value)]
    if part.get("features") is not None:
        row["features_kind"] = ["own"]
        row["features"] = [item["feature"] for item in part["features"]]
        for item in part["features"]:
            if item.get("quantity"):
                row[f"quantity-{item['feature']}"] = [str(item["quantity"])]
    return row
