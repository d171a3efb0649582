"""The first page: what is going on, and what needs a look."""

import uuid
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel

from app.accounts import queries as accounts
from app.accounts.schemas import Permission
from app.cabinet.auth import SignedIn
from app.cabinet.banners import banners
from app.cabinet.lists import grouped
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries as catalog
from app.delivery.queries import overview
from app.kit.clock import local_date
from app.kit.db import KitSession, ReadSessionDep
from app.kit.fields import Code
from app.kit.paging import CAP
from app.trust import queries as trust

router = pages()
PERIODS = (7, 30, 90, 365)


class AskedPeriod(BaseModel):
    """How far back the numbers go, in days, and about which product they are."""

    days: Literal["7", "30", "90", "365"] = "30"
    product: Code | None = None


@router.get("")
def overview_page(
    request: Request,
    session: ReadSessionDep,
    viewer: SignedIn,
    asked: Annotated[AskedPeriod, Query()],
) -> Response:
    """Numbers with their lists behind them, charts with their tables, the last refusals."""
    days, vendor_id = int(asked.days), viewer.vendor_id
    sold = catalog.sold_products(session, vendor_id)
    products = {each.product.code: each.product for each in sold}
    chosen = products.get(asked.product or "")
    scope = overview.Scope(vendor_id, days, chosen.id if chosen else None, viewer.locale)
    vendor = accounts.vendor(session, vendor_id)
    today = local_date(session.now(), vendor.time_zone)
    steps = overview.first_steps(session, vendor_id)
    context: dict[str, object] = {
        "days": days,
        "periods": PERIODS,
        "steps": steps,
        "has_root": steps.release or _has_root(session, vendor_id),
        "numbers": overview.numbers(session, scope),
        "products": products,
        "product": chosen,
        "banners": banners(session, viewer),
        "ends_by": today + timedelta(days=vendor.expiring_days),
        "today": today,
        "since": today - timedelta(days=days - 1),
        "counted": counted,
    }
    if viewer.may(Permission.DOWNLOADS_READ):
        context["over_time"] = overview.downloads_over_time(session, scope)
        context["by_week"] = scope.by_week
        context["by_release"] = overview.downloads_by_release(session, scope)
    if viewer.may(Permission.INSTALLS_READ):
        context["by_configuration"] = overview.by_configuration(session, scope)
        context["on_newest"] = [_share(*each) for each in overview.on_newest(session, scope)]
        context["failures"] = overview.last_failures(session, scope)
    if viewer.may(Permission.SUPPORT_READ):
        context["denials"] = overview.last_denials(session, vendor_id)
    return page(request, viewer, "cabinet/overview/page.html", context)


def _share(name: str, has: int, number: int) -> tuple[str, int, str]:
    share = round(100 * has / number)
    return name, share, f"{share} % ({has} / {number})"


def _has_root(session: KitSession, vendor_id: uuid.UUID) -> bool:
    """Whether releases can be published at all."""
    row = trust.repository(session, vendor_id)
    return row is not None and bool(row.root_version)


def counted(number: int) -> str:
    """A number counted up to the cap."""
    return f"{grouped(CAP)}+" if number > CAP else grouped(number)
