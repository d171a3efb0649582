"""What is done with a key, each on a page of its own that tells the consequence."""

import uuid
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.confirming import Confirmation, Field
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.customers import queries as customers
from app.customers.schemas import ListCustomers
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import NotFound, ValidationFailed, command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, form
from app.licensing.models import Entitlement
from app.licensing.queries.keys import entitlement_of, license_key, seat, seats_of_key
from app.licensing.schemas import MoveKey, WithReason
from app.licensing.service import lifecycle, manual
from app.licensing.service.transfers import release_by_staff
from wire.codes import tail

router = pages("/license-keys")
Manager = Annotated[Viewer, Depends(Signed(Permission.KEYS_MANAGE))]
RightsWriter = Annotated[Viewer, Depends(Signed(Permission.ENTITLEMENTS_WRITE))]
Releaser = Annotated[Viewer, Depends(Signed(Permission.ACTIVATIONS_RELEASE))]
REASON = Field(
    "reason", N_("Reason"), kind="area", hint=N_("At least 5 characters; it stays in the history")
)
_PAGE = "cabinet/confirm.html"
SUSPEND = Confirmation(
    N_("Suspend the key {name}?"),
    N_("Every product of the key stops until it is resumed. What is installed stays installed."),
    N_("Suspend the key"),
    fields=(REASON,),
)
REVOKE = Confirmation(
    N_("Revoke the key {name}?"),
    N_("The key ends for good and cannot come back. Suspend it if the customer may return."),
    N_("Revoke the key for good"),
    danger=True,
    fields=(REASON, Field("typed", N_("The last five symbols of the key"))),
)
MOVE = Confirmation(
    N_("Give the key {name} to another customer"),
    N_("Products and seats go along; activated coupons stay with the customer of their time."),
    N_("Give the key"),
    fields=(Field("customer_id", N_("New customer"), kind="choice"), REASON),
)
RELEASE = Confirmation(
    N_("Release the seat of {name}?"),
    N_(
        "The infobase loses access at once; another one may take the seat. "
        "It does not use the customer's quota of transfers."
    ),
    N_("Release the seat"),
    fields=(REASON,),
)
PRODUCT_ACTS: dict[str, tuple[Confirmation, Callable[..., Entitlement], str]] = {
    "suspend": (
        Confirmation(
            N_("Suspend {name} in the key?"),
            N_("The product stops until it is resumed; its seats stay taken."),
            N_("Suspend the product"),
            fields=(REASON,),
        ),
        manual.suspend_entitlement,
        N_("The product is suspended"),
    ),
    "resume": (
        Confirmation(
            N_("Resume {name} in the key?"),
            N_("The product works again for its seats."),
            N_("Resume the product"),
            fields=(REASON,),
            tone="info",
        ),
        manual.resume_entitlement,
        N_("The product works again"),
    ),
    "withdraw": (
        Confirmation(
            N_("Take {name} out of the key?"),
            N_("The product leaves the key with all its seats. A coupon can add it again."),
            N_("Take the product out"),
            danger=True,
            fields=(REASON,),
        ),
        manual.withdraw_entitlement,
        N_("The product is taken out"),
    ),
}


def _ask(
    request: Request, session: KitSession, viewer: Viewer, key_id: uuid.UUID, what: Confirmation
) -> Response:
    key = license_key(session, viewer.vendor_id, key_id)
    seats = seats_of_key(session, viewer.vendor_id, key_id)
    context = what.context(
        form(request, viewer.locale), key.hint, f"/cabinet/license-keys/{key_id}"
    )
    trail = [("/cabinet/license-keys", N_("Licence keys")), (context["back"], key.hint)]
    more = {"trail": trail, "seats_lost": len(seats) if what.tone != "info" else 0}
    return page(request, viewer, _PAGE, context | more)


@router.get("/{key_id}/suspend")
def ask_to_suspend(
    request: Request, session: ReadSessionDep, viewer: Manager, key_id: uuid.UUID
) -> Response:
    """What suspending stops."""
    return _ask(request, session, viewer, key_id, SUSPEND)


@router.post("/{key_id}/suspend")
def suspend_key(
    request: Request, session: SessionDep, viewer: Manager, key_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Stops the key until it is resumed."""
    wish = command(WithReason, fields.given("reason"))
    lifecycle.suspend(session, viewer.vendor_id, key_id, wish, actor=viewer.actor)
    return go(request, f"/cabinet/license-keys/{key_id}", N_("The key is suspended"))


@router.post("/{key_id}/resume")
def resume_key(
    request: Request, session: SessionDep, viewer: Manager, key_id: uuid.UUID
) -> Response:
    """Makes the key work again."""
    lifecycle.resume(session, viewer.vendor_id, key_id, actor=viewer.actor)
    return go(request, f"/cabinet/license-keys/{key_id}", N_("The key works again"))


@router.get("/{key_id}/revoke")
def ask_to_revoke(
    request: Request, session: ReadSessionDep, viewer: Manager, key_id: uuid.UUID
) -> Response:
    """What revoking ends."""
    return _ask(request, session, viewer, key_id, REVOKE)


@router.post("/{key_id}/revoke")
def revoke_key(
    request: Request, session: SessionDep, viewer: Manager, key_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Ends the key for good, once its end was typed."""
    key = license_key(session, viewer.vendor_id, key_id)
    if tail(fields.text("typed")) != tail(key.hint):
        wrong = ("typed", N_("These are not the last five symbols of this key"))
        raise ValidationFailed.at({"/typed": wrong})
    wish = command(WithReason, fields.given("reason"))
    lifecycle.revoke(session, viewer.vendor_id, key_id, wish, actor=viewer.actor)
    return go(request, f"/cabinet/license-keys/{key_id}", N_("The key is revoked"))


@router.get("/{key_id}/move")
def ask_to_move(
    request: Request, session: ReadSessionDep, viewer: Manager, key_id: uuid.UUID
) -> Response:
    """Whose the key is to be."""
    key = license_key(session, viewer.vendor_id, key_id)
    filled = form(request, viewer.locale)
    words = request.query_params.get("q", "").strip() or None
    wish = command(ListCustomers, {"limit": 20, "status": "active", "q": words})
    found = customers.listed(session, viewer.vendor_id, wish).rows
    offered = [
        (str(one.id), one.company, one.inn or "") for one in found if one.id != key.customer_id
    ]
    context = MOVE.context(filled, key.hint, f"/cabinet/license-keys/{key_id}")
    trail = [("/cabinet/license-keys", N_("Licence keys")), (context["back"], key.hint)]
    more = {"trail": trail, "seats_lost": 0, "offered": offered, "searches": True, "q": words or ""}
    return page(request, viewer, _PAGE, context | more)


@router.post("/{key_id}/move")
def move_key(
    request: Request, session: SessionDep, viewer: Manager, key_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Gives the key to another customer."""
    wish = command(MoveKey, fields.given("customer_id", "reason"))
    lifecycle.move(session, viewer.vendor_id, key_id, wish, actor=viewer.actor)
    return go(request, f"/cabinet/license-keys/{key_id}", N_("The key has another customer now"))


@router.get("/{key_id}/seats/{activation_id}/release")
def ask_to_release(
    request: Request,
    session: ReadSessionDep,
    viewer: Releaser,
    key_id: uuid.UUID,
    activation_id: uuid.UUID,
) -> Response:
    """Whose seat is taken back."""
    found = seat(session, viewer.vendor_id, activation_id)
    if found.key.id != key_id:
        raise NotFound
    back = f"/cabinet/license-keys/{key_id}/seats"
    context = RELEASE.context(form(request, viewer.locale), found.infobase.label, back)
    trail = [("/cabinet/license-keys", N_("Licence keys")), (back, found.key.hint)]
    return page(request, viewer, _PAGE, context | {"trail": trail, "seats_lost": 1})


@router.post("/{key_id}/seats/{activation_id}/release")
def release_seat(
    request: Request,
    session: SessionDep,
    viewer: Releaser,
    key_id: uuid.UUID,
    activation_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Takes the seat back."""
    wish = command(WithReason, fields.given("reason"))
    release_by_staff(session, viewer.vendor_id, activation_id, wish, actor=viewer.actor)
    return go(request, f"/cabinet/license-keys/{key_id}/seats", N_("The seat is free"))


def _product_act(name: str) -> tuple[Confirmation, Callable[..., Entitlement], str]:
    if name not in PRODUCT_ACTS:
        raise NotFound
    return PRODUCT_ACTS[name]


@router.get("/{key_id}/products/{entitlement_id}/{act}")
def ask_about_product(
    request: Request,
    session: ReadSessionDep,
    viewer: RightsWriter,
    key_id: uuid.UUID,
    entitlement_id: uuid.UUID,
    act: str,
) -> Response:
    """What the act means for the product in the key."""
    what, _, _ = _product_act(act)
    row, product = entitlement_of(session, viewer.vendor_id, entitlement_id)
    back = f"/cabinet/license-keys/{key_id}"
    context = what.context(form(request, viewer.locale), product.name, back)
    hint = license_key(session, viewer.vendor_id, key_id).hint
    trail = [("/cabinet/license-keys", N_("Licence keys")), (back, hint)]
    lost = 0 if what.tone == "info" else row.active_count
    return page(request, viewer, _PAGE, context | {"trail": trail, "seats_lost": lost})


@router.post("/{key_id}/products/{entitlement_id}/{act}")
def act_on_product(  # noqa: PLR0913 - what an act of a form is made of
    request: Request,
    session: SessionDep,
    viewer: RightsWriter,
    key_id: uuid.UUID,
    entitlement_id: uuid.UUID,
    act: str,
    *,
    fields: FieldsDep,
) -> Response:
    """Suspends or resumes the product, or takes it out."""
    _, verb, done = _product_act(act)
    wish = command(WithReason, fields.given("reason"))
    verb(session, viewer.vendor_id, entitlement_id, wish, actor=viewer.actor)
    return go(request, f"/cabinet/license-keys/{key_id}", done)
