"""What may still be done with a coupon: disable, enable, change its end, show its code."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.confirming import Confirmation, Field
from app.cabinet.editing import faster
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.coupons import queries
from app.coupons.schemas import DisableCoupon, UpdateCoupon
from app.coupons.service import coupons
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.fields import Reveal
from app.kit.i18n import N_
from app.kit.problems import command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, form

router = pages("/coupons")
Disabler = Annotated[Viewer, Depends(Signed(Permission.COUPONS_DISABLE))]
Revealer = Annotated[Viewer, Depends(Signed(Permission.KEYS_REVEAL))]
AskingToReveal = Annotated[Viewer, Depends(Signed(Permission.KEYS_REVEAL, fresh=False))]
DISABLE = Confirmation(
    N_("Disable the coupon {name}?"),
    N_("It can be used no more; what it did stays. It can be enabled again."),
    N_("Disable the coupon"),
    fields=(
        Field(
            "reason",
            N_("Reason"),
            kind="area",
            hint=N_("At least 5 characters; it stays in the history"),
        ),
    ),
)


@router.get("/{coupon_id}/disable")
def ask_to_disable(
    request: Request, session: ReadSessionDep, viewer: Disabler, coupon_id: uuid.UUID
) -> Response:
    """What disabling means."""
    coupon = queries.coupon(session, viewer.vendor_id, coupon_id)
    back = f"/cabinet/coupons/{coupon_id}"
    context = DISABLE.context(form(request, viewer.locale), coupon.hint, back)
    trail = [("/cabinet/coupons", N_("Coupons")), (back, coupon.hint)]
    return page(
        request, viewer, "cabinet/confirm.html", context | {"trail": trail, "seats_lost": 0}
    )


@router.post("/{coupon_id}/disable")
def disable_coupon(
    request: Request, session: SessionDep, viewer: Disabler, coupon_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """No further use."""
    wish = command(DisableCoupon, fields.given("reason"))
    coupons.disable(session, viewer.vendor_id, coupon_id, wish, actor=viewer.actor)
    return go(request, f"/cabinet/coupons/{coupon_id}", N_("The coupon is disabled"))


@router.post("/{coupon_id}/enable")
def enable_coupon(
    request: Request, session: SessionDep, viewer: Disabler, coupon_id: uuid.UUID
) -> Response:
    """It can be used again."""
    coupons.enable(session, viewer.vendor_id, coupon_id, actor=viewer.actor)
    return go(request, f"/cabinet/coupons/{coupon_id}", N_("The coupon is enabled"))


@router.get("/{coupon_id}/edit")
def edit_coupon(
    request: Request, session: ReadSessionDep, viewer: Disabler, coupon_id: uuid.UUID
) -> Response:
    """The end of its validity and the note; operations never change."""
    coupon = queries.coupon(session, viewer.vendor_id, coupon_id)
    now = {"valid_until": coupon.valid_until, "comment": coupon.comment}
    filled = form(request, viewer.locale, now, version=coupon.row_version)
    context = {"coupon": coupon, "form": filled, "now": now}
    context |= faster(request, session, viewer, "coupon", coupon.id)
    return page(request, viewer, "cabinet/coupons/edit.html", context)


@router.post("/{coupon_id}/edit")
def update_coupon(
    request: Request, session: SessionDep, viewer: Disabler, coupon_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Changes the coupon, unless somebody else did meanwhile."""
    told = fields.or_none("valid_until") | {"comment": fields.text("comment")}
    wish, version = command(UpdateCoupon, fields.own(told)), fields.version()
    coupons.update_coupon(
        session, viewer.vendor_id, coupon_id, wish, version=version, actor=viewer.actor
    )
    return go(request, f"/cabinet/coupons/{coupon_id}", N_("Saved"))


@router.get("/{coupon_id}/reveal")
def ask_to_reveal_coupon(
    request: Request, session: ReadSessionDep, viewer: AskingToReveal, coupon_id: uuid.UUID
) -> Response:
    """Why the full code is needed."""
    coupon = queries.coupon(session, viewer.vendor_id, coupon_id)
    context = {"coupon": coupon, "form": form(request, viewer.locale, {"cause": "sending"})}
    return page(request, viewer, "cabinet/coupons/reveal.html", context)


@router.post("/{coupon_id}/reveal")
def reveal_coupon(
    request: Request, session: SessionDep, viewer: Revealer, coupon_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """The full code, once; with the reason in the history."""
    wish = command(Reveal, fields.given("cause", "reason"))
    code = coupons.reveal(session, viewer.vendor_id, coupon_id, wish, actor=viewer.actor)
    context = {"coupon": queries.coupon(session, viewer.vendor_id, coupon_id), "code": code}
    return page(request, viewer, "cabinet/coupons/secret.html", context)
