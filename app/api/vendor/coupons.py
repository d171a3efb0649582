"""Coupons, one by one."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts import queries as accounts
from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, CHANGE_REFUSALS, LIST_REFUSALS, Listed, listed, tag
from app.api.auth import TOKEN_REFUSALS, IfMatch, LanguageDep, Scoped, row_version
from app.api.routers import of_vendors
from app.coupons import queries
from app.coupons.models import Coupon
from app.coupons.problems import CouponMalformed
from app.coupons.schemas import (
    CouponView,
    DisableCoupon,
    FindCoupon,
    FindCoupons,
    UpdateCoupon,
)
from app.coupons.service import coupons
from app.coupons.service.describe import describe
from app.kit.clock import local_date
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import Language
from app.kit.problems import NotFound, ValidationFailed, problems
from app.licensing.schemas import OPERATIONS

router = of_vendors("/coupons")
Reader = Annotated[Principal, Depends(Scoped(Permission.COUPONS_READ))]
Disabler = Annotated[Principal, Depends(Scoped(Permission.COUPONS_DISABLE))]


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_coupons(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindCoupons, Query()],
    language: LanguageDep,
    request: Request,
    response: Response,
) -> Listed[CouponView]:
    """A page of coupons, newest first; of their codes only hints."""
    found = queries.coupons(session, caller.vendor_id, asked)
    views = _views(session, caller, found.rows, language)
    return listed(request, response, found, lambda coupon: views[coupon.id])


@router.post("/find", responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, CouponMalformed))
def find_coupon(
    session: ReadSessionDep, caller: Reader, wish: FindCoupon, language: LanguageDep
) -> Listed[CouponView]:
    """The coupon of a code, as typed by a person; nothing where the vendor has no such coupon."""
    found = coupons.find(session, caller.vendor_id, wish.code)
    views = _views(session, caller, [found] if found else [], language)
    return Listed(data=list(views.values()), next_cursor=None)


@router.get("/{coupon_id}", responses=problems(*TOKEN_REFUSALS, NotFound, ValidationFailed))
def one_coupon(
    session: ReadSessionDep,
    caller: Reader,
    coupon_id: uuid.UUID,
    language: LanguageDep,
    response: Response,
) -> CouponView:
    """One coupon."""
    found = queries.coupon(session, caller.vendor_id, coupon_id)
    return _one(session, caller, found, language, response)


@router.patch("/{coupon_id}", responses=problems(*TOKEN_REFUSALS, *CHANGE_REFUSALS, NotFound))
def update_coupon(  # noqa: PLR0913 - what a conditional change is made of
    session: SessionDep,
    caller: Disabler,
    coupon_id: uuid.UUID,
    wish: UpdateCoupon,
    language: LanguageDep,
    response: Response,
    *,
    if_match: IfMatch = None,
) -> CouponView:
    """Another end of validity or another comment; operations never change."""
    version = row_version(if_match)
    saved = coupons.update_coupon(
        session, caller.vendor_id, coupon_id, wish, version=version, actor=caller.actor
    )
    return _one(session, caller, saved, language, response)


@router.post("/{coupon_id}/disable", responses=problems(*TOKEN_REFUSALS, *BODY_REFUSALS, NotFound))
def disable_coupon(
    session: SessionDep,
    caller: Disabler,
    coupon_id: uuid.UUID,
    wish: DisableCoupon,
    language: LanguageDep,
    response: Response,
) -> CouponView:
    """No further redemption; twice is a success."""
    saved = coupons.disable(session, caller.vendor_id, coupon_id, wish, actor=caller.actor)
    return _one(session, caller, saved, language, response)


@router.post("/{coupon_id}/enable", responses=problems(*TOKEN_REFUSALS, NotFound, ValidationFailed))
def enable_coupon(
    session: SessionDep,
    caller: Disabler,
    coupon_id: uuid.UUID,
    language: LanguageDep,
    response: Response,
) -> CouponView:
    """Takes the disabling back; twice is a success."""
    saved = coupons.enable(session, caller.vendor_id, coupon_id, actor=caller.actor)
    return _one(session, caller, saved, language, response)


def _one(
    session: KitSession,
    caller: Principal,
    coupon: Coupon,
    language: Language,
    response: Response,
) -> CouponView:
    tag(response, coupon.row_version)
    return _views(session, caller, [coupon], language)[coupon.id]


def _views(
    session: KitSession, caller: Principal, found: Sequence[Coupon], language: Language
) -> dict[uuid.UUID, CouponView]:
    known = queries.names(session, caller.vendor_id)
    zone = accounts.vendor(session, caller.vendor_id).time_zone
    today = local_date(session.now(), zone)
    batches = queries.batches_of(session, caller.vendor_id, {row.batch_id for row in found})
    return {
        row.id: _view(
            row,
            batches[row.batch_id].name,
            describe(
                OPERATIONS.validate_python(row.operations),
                queries.named_for(session, known, row),
                language,
            ),
            today,
        )
        for row in found
    }


def _view(row: Coupon, batch: str, description: str, today: date) -> CouponView:
    names = CouponView.model_fields.keys() - {"batch", "description", "state"}
    told = {name: getattr(row, name) for name in names}
    state = queries.state_of(row, today)
    return CouponView.model_validate(
        told | {"batch": batch, "description": description, "state": state}
    )
