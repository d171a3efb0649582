"""Customers from a table: a dry run with what is wrong in each line, then all of them or none."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer, require
from app.cabinet.customertable import COLUMNS, Table, read, text_of
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.kit.db import SessionDep
from app.kit.i18n import N_
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, Form, OnceDep, form
from app.licensing.service.takeover import preview_takeover, take_over

router = pages("/customers")
Writer = Annotated[Viewer, Depends(Signed(Permission.CUSTOMERS_WRITE))]
_SHOWN = 100


@router.get("/import")
def ask_for_table(request: Request, viewer: Writer) -> Response:
    """Which columns a table may have, and where it is to come from."""
    context = {"form": form(request, viewer.locale), "columns": COLUMNS}
    return page(request, viewer, "cabinet/customers/import.html", context)


@router.post("/import")
def import_customers(
    request: Request, session: SessionDep, viewer: Writer, fields: FieldsDep, once: OnceDep
) -> Response:
    """First what each line would make, then the customers."""
    text = _text(fields)
    table = read(text)
    if any(line.license_key for line in table.lines):
        require(viewer, Permission.KEYS_ISSUE)
    if fields.text("do") == "import" and not any(each.stops for each in table.remarks):
        done = take_over(session, viewer.vendor_id, table.lines, actor=viewer.actor)
        path = once.leads_to("/cabinet/customers?sort=-created_at")
        said = N_("Customers added: {n}, keys: {keys}")
        return go(request, path, said, n=str(done.customers), keys=str(done.keys))
    return _preview(request, session, viewer, text, table)


def _text(fields: Fields) -> str:
    """The file, or what was pasted."""
    file = fields.files.get("file")
    data = file.file.read() if file is not None else b""
    return text_of(data) if data else fields.text("text")


def _preview(
    request: Request, session: SessionDep, viewer: Viewer, text: str, table: Table
) -> Response:
    done = preview_takeover(session, viewer.vendor_id, table.lines, actor=viewer.actor)
    remarks = sorted(table.remarks + done.remarks, key=lambda each: each.line)
    context = {
        "done": done,
        "lines": table.lines[:_SHOWN],
        "remarks": remarks[:_SHOWN],
        "more": len(remarks[_SHOWN:]),
        "stopped": any(each.stops for each in remarks),
        "columns": COLUMNS,
        "form": Form({"text": [text]}),
    }
    return page(request, viewer, "cabinet/customers/import_preview.html", context)
