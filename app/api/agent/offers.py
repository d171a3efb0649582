"""What fits an infobase, with a reason for every release that does not."""

import uuid
from typing import Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from app.api import auth
from app.api.agent import asking, offerviews
from app.api.routers import of_agents
from app.customers.problems import CustomerBlocked
from app.delivery.queries.acceptances import Agreements
from app.delivery.queries.catalogue import Catalogue
from app.delivery.queries.standing import Standing
from app.delivery.schemas import Wish
from app.delivery.service.offers import Offers, told, told_in_vain, weigh
from app.kit.problems import (
    BAD_BODY,
    AuthRequired,
    RateLimited,
    TokenInvalid,
    ValidationFailed,
    problems,
)
from app.licensing.problems import (
    BindingMismatch,
    KeyMalformed,
    KeyNotFound,
    KeyRevoked,
    KeySuspended,
    VendorSuspended,
)
from app.licensing.queries.checks import trials_available
from app.licensing.queries.status import key_problem
from wire.extensions import OfferList, OfferQuery

router = of_agents("", APIRoute)
_MESSAGE: Final = TypeAdapter(OfferQuery)


@router.post(
    "/offers",
    responses=problems(
        AuthRequired,
        TokenInvalid,
        KeyMalformed,
        KeyNotFound,
        RateLimited,
        KeyRevoked,
        KeySuspended,
        CustomerBlocked,
        VendorSuspended,
        BindingMismatch,
        *BAD_BODY,
    ),
    **asking.described(OfferQuery, OfferList),
)
@auth.finds_out(auth.installer)
async def list_offers(request: Request) -> Response:
    """Releases for an infobase, best ones marked; a look, which changes nothing."""
    sent = await asking.body(request)
    try:
        wish = asking.shaped(_MESSAGE, Wish, sent)
    except ValidationFailed:
        await asking.standing(request, None, accepted=False)  # who calls is asked first
        raise
    named = wish.infobase.id if wish.infobase else None
    found = await asking.standing(request, named, accepted=True)
    uid = named or found.own_uid
    if found.own_uid not in (None, uid):
        raise BindingMismatch
    catalogue = await asking.catalogue(request, found)
    offers = await _offers(request, found, catalogue, wish, uid)
    language = auth.language(request)
    return Response(
        offerviews.offers_as_bytes(offers, wish, found, catalogue, language),
        media_type="application/json",
    )


async def _offers(
    request: Request, found: Standing, catalogue: Catalogue, wish: Wish, uid: uuid.UUID | None
) -> Offers:
    rights = found.rights(catalogue, request.app.state.kit.clock())
    problem = key_problem(rights)
    if problem is not None:
        await asking.note(request, found, told(wish, uid, problem.code))
        raise problem
    decision = weigh(rights, catalogue, wish, uid)
    in_vain = told_in_vain(wish, uid, decision.nearest, catalogue)
    if in_vain is not None:
        await asking.note(request, found, in_vain)
    return Offers(
        rights,
        Agreements.on(rights.today, catalogue, found.accepted),
        decision,
        trials_available(rights, catalogue.goods.to_try(), found.tried),
    )
