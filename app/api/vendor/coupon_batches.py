"""Coupons made at once."""

import uuid
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import BODY_REFUSALS, LIST_REFUSALS, Listed, listed, tag
from app.api.auth import TOKEN_REFUSALS, LanguageDep, Scoped
from app.api.routers import of_vendors
from app.coupons import queries
from app.coupons.models import Coupon, CouponBatch
from app.coupons.problems import BatchTooLarge
from app.coupons.queries import Names
from app.coupons.schemas import BatchView, FindBatches, MadeBatch, WishedCoupons
from app.coupons.service.batches import generate, plan
from app.coupons.service.describe import describe, describe_batch
from app.coupons.service.exports import as_csv, as_ndjson, code_rows, reopen
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import Language
from app.kit.idempotency import ONCE_REFUSALS, Once
from app.kit.problems import NotFound, SecretExpired, ValidationFailed, problems
from app.licensing.problems import CouponStale, NoEffect, TermPassed
from app.licensing.schemas import OPERATIONS, Operation

router = of_vendors("/coupon-batches")
Reader = Annotated[Principal, Depends(Scoped(Permission.COUPONS_READ))]
Maker = Annotated[Principal, Depends(Scoped(Permission.COUPONS_GENERATE))]
INLINE = 1_000
_TEXT = {"schema": {"type": "string"}}
_TABLE: dict[str, object] = {"content": {"application/x-ndjson": _TEXT, "text/csv": _TEXT}}


@router.get("", responses=problems(*TOKEN_REFUSALS, *LIST_REFUSALS))
def list_batches(
    session: ReadSessionDep,
    caller: Reader,
    asked: Annotated[FindBatches, Query()],
    language: LanguageDep,
    request: Request,
    response: Response,
) -> Listed[BatchView]:
    """A page of batches, newest first."""
    found = queries.batches(session, caller.vendor_id, asked)
    known = queries.names(session, caller.vendor_id)
    return listed(request, response, found, lambda row: _view(session, row, known, language))


@router.post(
    "",
    status_code=201,
    responses=problems(
        *TOKEN_REFUSALS,
        *BODY_REFUSALS,
        NotFound,
        BatchTooLarge,
        CouponStale,
        NoEffect,
        TermPassed,
        *ONCE_REFUSALS,
        again=MadeBatch,
    ),
)
def generate_coupons(
    session: SessionDep,
    caller: Maker,
    _: Once,
    wish: WishedCoupons,
    language: LanguageDep,
    response: Response,
) -> MadeBatch:
    """A batch, all coupons or none; a dry run (200) tells what would be made."""
    if wish.dry_run:
        planned = plan(session, caller.vendor_id, wish)
        response.status_code = 200
        text = _described(session, caller, wish, planned.operations, language)
        return _made(None, planned.preset, wish.count, text, None)
    made = generate(session, caller.vendor_id, wish, actor=caller.actor)
    text = _described(session, caller, wish, made.operations, language)
    codes = made.codes if wish.count <= INLINE else None
    return _made(made.batch.id, made.batch.preset, wish.count, text, codes)


def _made(
    batch_id: uuid.UUID | None, preset: str, count: int, text: str, codes: list[str] | None
) -> MadeBatch:
    told = {"id": batch_id, "preset": preset, "count": count}
    return MadeBatch.model_validate(told | {"description": text, "codes": codes})


@router.get("/{batch_id}", responses=problems(*TOKEN_REFUSALS, NotFound, ValidationFailed))
def one_batch(
    session: ReadSessionDep,
    caller: Reader,
    batch_id: uuid.UUID,
    language: LanguageDep,
    response: Response,
) -> BatchView:
    """One batch; all that may still change of what is told is in its first coupon."""
    row = queries.batch(session, caller.vendor_id, batch_id)
    tag(response, queries.first_coupon(session, row).row_version)
    return _view(session, row, queries.names(session, caller.vendor_id), language)


@router.get(
    "/{batch_id}/codes",
    response_class=Response,
    responses=problems(*TOKEN_REFUSALS, NotFound, SecretExpired, ValidationFailed) | {200: _TABLE},
)
def batch_codes(
    session: SessionDep,
    caller: Maker,
    batch_id: uuid.UUID,
    language: LanguageDep,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """The codes once more, for whoever made the batch, for 24 hours: NDJSON, or CSV by Accept."""
    batch, codes = reopen(session, caller.vendor_id, batch_id, actor=caller.actor)
    view = _view(session, batch, queries.names(session, caller.vendor_id), language)
    rows = code_rows(session, batch, codes, view.description)
    if "text/csv" in accept:
        return Response(as_csv(rows), media_type="text/csv")
    return Response(as_ndjson(rows), media_type="application/x-ndjson")


def _described(
    session: KitSession,
    caller: Principal,
    wish: WishedCoupons,
    operations: Sequence[Operation],
    language: Language,
) -> str:
    names = queries.names(session, caller.vendor_id, wish.bound_key_id)
    number = describe_batch(wish.count, wish.max_redemptions, wish.valid_until, language)
    return f"{describe(operations, names, language)} {number}"


def _view(session: KitSession, row: CouponBatch, known: Names, language: Language) -> BatchView:
    coupon: Coupon = queries.first_coupon(session, row)
    names = queries.named_for(session, known, coupon)
    told = {name: getattr(row, name) for name in BatchView.model_fields if hasattr(row, name)}
    common = ("operations", "max_redemptions", "valid_from", "valid_until")
    told |= {name: getattr(coupon, name) for name in common}
    operations = OPERATIONS.validate_python(coupon.operations)
    return BatchView.model_validate(told | {"description": describe(operations, names, language)})
