"""The audit log: who did what, with its difference, as a file, and whether the chain is whole."""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts import queries as accounts
from app.accounts.schemas import Permission
from app.audit import queries, service
from app.audit.models import Action, AuditEvent
from app.audit.schemas import FindInLog
from app.cabinet.auth import Signed, Viewer
from app.cabinet.diffs import text_of, told
from app.cabinet.links import subject_path
from app.cabinet.lists import Filter, Listing, ListKind, asked, asked_exactly, given
from app.cabinet.routers import pages
from app.cabinet.states import LOOKS
from app.cabinet.templates import page
from app.cabinet.words import ACTIONS
from app.customers.schemas import without_contacts
from app.kit.clock import rfc3339
from app.kit.db import KitSession, ReadSessionDep, SessionDep, reading
from app.kit.i18n import N_
from app.kit.web.forms import FieldsDep, form
from app.kit.web.tables import Download, Format, download
from app.support.service.cases import record_export

router = pages("/audit")
Reader = Annotated[Viewer, Depends(Signed(Permission.AUDIT_READ))]
Exporter = Annotated[Viewer, Depends(Signed(Permission.AUDIT_EXPORT))]
Verifier = Annotated[Viewer, Depends(Signed(Permission.AUDIT_VERIFY))]
_PATH = "/cabinet/audit"
_STEPS = 5
"""Steps of the chain in one request: a longer one goes on from page to page."""
KIND = ListKind(
    filters=(
        Filter("action", N_("Action"), {each.value: ACTIONS[each.value] for each in Action}),
        Filter("outcome", N_("Result"), {k: v.word for k, v in LOOKS["outcome"].items()}),
        Filter("created_from", N_("From day")),
        Filter("created_to", N_("To day")),
        Filter("ip", N_("Address")),
        Filter("request_id", N_("Request id")),
        Filter("actor_id", N_("Who")),
        Filter("subject_id", N_("About")),
    )
)
GROUPS: dict[str, str] = {
    "vendor": N_("Settings"),
    "user": N_("Users"),
    "api_token": N_("API tokens"),
    "customer": N_("Customers"),
    "distributor": N_("Distributors"),
    "product": N_("Products"),
    "feature": N_("Features"),
    "extension": N_("Extensions"),
    "eula": N_("Agreements"),
    "release": N_("Releases"),
    "artifact": N_("Files"),
    "license_key": N_("Licence keys"),
    "entitlement": N_("Products in keys"),
    "trial": N_("Trials"),
    "coupon_batch": N_("Coupons"),
    "coupon": N_("Coupons"),
    "redemption": N_("Coupons"),
    "activation": N_("Activations"),
    "download": N_("Downloads"),
    "infobase": N_("Infobases"),
    "trust": N_("Trust"),
    "mail": N_("Server"),
    "job": N_("Server"),
    "list": N_("Exports and checks"),
    "audit": N_("Exports and checks"),
    "support": N_("Support"),
}
"""What actions are about, by the first word of their names."""
COLUMNS = (
    "seq",
    "at",
    "actor_kind",
    "actor_id",
    "actor_label",
    "action",
    "outcome",
    "reason",
    "subject_kind",
    "subject_id",
    "subject_label",
    "data",
    "ip",
    "user_agent",
    "request_id",
    "prev_hash",
    "hash",
)
"""Names that other programs read, the same in both languages."""


@router.get("")
def log(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """The events that the address asks for, newest first."""
    wish, zone = asked(FindInLog, request), viewer.vendor.time_zone
    found = queries.log(session, viewer.vendor_id, wish, zone)
    count = queries.log_count(session, viewer.vendor_id, wish, zone)
    listing = Listing(KIND, _PATH, given(request), viewer.locale, found, count, _names(found.rows))
    context = {
        "listing": listing,
        "actions": grouped(),
        "subject_path": lambda row: subject_path(viewer, row.subject_kind, row.subject_id),
    }
    return page(request, viewer, "cabinet/audit/list.html", context)


def grouped() -> list[tuple[str, list[tuple[str, str]]]]:
    """The actions to choose from, by what they are about; texts are message ids."""
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for each in Action:
        kind = GROUPS[each.value.partition(".")[0]]
        by_kind.setdefault(kind, []).append((each.value, ACTIONS[each.value]))
    return list(by_kind.items())


def _names(rows: Sequence[AuditEvent]) -> dict[str, str]:
    """What chips call the ids of actors and subjects: as the rows below do."""
    names = {str(row.actor_id): row.actor_label for row in rows}
    return names | {str(row.subject_id): row.subject_label for row in rows}


@router.get("/verify")
def ask_to_verify(request: Request, session: ReadSessionDep, viewer: Verifier) -> Response:
    """What the check of the chain does."""
    head = queries.head(session, viewer.vendor_id)
    context = {"head": head, "found": None, "form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/audit/verify.html", context)


@router.post("/verify")
def verify(request: Request, session: SessionDep, viewer: Verifier, fields: FieldsDep) -> Response:
    """Walks the next part of the chain, from where the page before stopped."""
    after = fields.text("after")
    seen = int(after) if after.isascii() and after.isdigit() and len(after) < len(str(2**63)) else 0
    found = service.verify(session, viewer.vendor_id, seen, steps=_STEPS)
    if found.is_done:
        vendor = accounts.vendor(session, viewer.vendor_id)
        service.record_verified(session, vendor, found, actor=viewer.actor)
    head = queries.head(session, viewer.vendor_id)
    context = {"head": head, "found": found, "form": form(request, viewer.locale)}
    return page(request, viewer, "cabinet/audit/verify.html", context)


@router.get("/export")
def ask_to_export(request: Request, viewer: Exporter) -> Response:
    """As which file the log is wanted."""
    asked_exactly(FindInLog, request)
    context = {
        "form": form(request, viewer.locale, {"format": "csv"}),
        "listing": Listing(KIND, _PATH, given(request), viewer.locale),
    }
    return page(request, viewer, "cabinet/audit/export.html", context)


@router.post("/export")
def export(request: Request, session: SessionDep, viewer: Exporter, fields: FieldsDep) -> Response:
    """The events that the address asks for, oldest first, with the hashes of the chain."""
    wish = asked_exactly(FindInLog, request)
    head = queries.head(session, viewer.vendor_id)
    vendor = accounts.vendor(session, viewer.vendor_id)
    filters, name = wish.filters(), f"audit-{session.now():%Y-%m-%d}"
    upto = head.seq if head else 0
    record_export(session, vendor, actor=viewer.actor, filters=filters, upto=upto)
    rows = _events(request, viewer, wish, upto)
    if fields.text("format") == "jsonl":
        headers = {"Content-Disposition": f'attachment; filename="{name}.jsonl"'}
        lines = (f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
        return Download(lines, media_type="application/x-ndjson", headers=headers)
    form_of: Format = "csv-comma" if fields.text("format") == "csv-comma" else "csv"
    cells = ([_cell(row[column]) for column in COLUMNS] for row in rows)
    return download(name, form_of, COLUMNS, cells)


@router.get("/{seq}")
def show(request: Request, session: ReadSessionDep, viewer: Reader, seq: int) -> Response:
    """One event with all that it says."""
    row = queries.event(session, viewer.vendor_id, seq)
    context = {
        "event": row,
        "told": told(row.data, contacts=viewer.sees_contacts),
        "about": subject_path(viewer, row.subject_kind, row.subject_id),
        "last": _last(session, viewer),
    }
    return page(request, viewer, "cabinet/audit/event.html", context)


def _last(session: KitSession, viewer: Viewer) -> int:
    head = queries.head(session, viewer.vendor_id)
    return head.seq if head else 0


def _events(
    request: Request, viewer: Viewer, wish: FindInLog, upto: int
) -> Iterator[dict[str, object]]:
    """Part after part, each in a reading of its own; what comes meanwhile is not in the file."""
    state, last = request.app.state, 0
    while last < upto:
        with reading(state.engine, state.kit) as session:
            part = queries.part_of_log(
                session, viewer.vendor_id, wish, viewer.vendor.time_zone, last
            )
            told = [_document(row, viewer) for row in part if row.seq <= upto]
            last = part[-1].seq if len(part) == queries.PART else upto
        yield from told


def _document(row: AuditEvent, viewer: Viewer) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(row, name) for name in COLUMNS}
    shown = row.data if viewer.sees_contacts else without_contacts(row.data)
    ids = {name: str(told[name]) if told[name] else None for name in ("actor_id", "subject_id")}
    hashes = {"prev_hash": row.prev_hash.hex(), "hash": row.hash.hex()}
    return told | ids | hashes | {"at": rfc3339(row.at), "data": shown}


def _cell(value: object) -> object:
    return value if value is None or isinstance(value, int) else text_of(value)
