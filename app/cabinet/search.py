"""The search box of every page: what was pasted leads to its card."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from fastapi import Request, Response

from app.accounts.service import sessions
from app.cabinet.auth import SignedIn, Viewer
from app.cabinet.links import path_of
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, form
from app.support.queries.classify import Shape, classify
from app.support.queries.finding import Hit, find

router = pages("/search")
STASH = "search"
MISTYPED = (
    "mistyped",
    N_("This looks like a key, but its check symbols do not agree. Check each group."),
)
NOTHING = ("nothing", N_("Nothing was found. Check the text, or search in the list of its kind."))
EMPTY = ("empty", N_("Paste what you look for"))
HEADINGS = {
    "key": N_("Licence keys"),
    "coupon": N_("Coupons"),
    "batch": N_("Batches of coupons"),
    "customer": N_("Customers"),
    "infobase": N_("Infobases"),
    "activation": N_("Activations"),
    "product": N_("Products"),
    "extension": N_("Extensions"),
    "release": N_("Releases"),
    "download": N_("Downloads"),
    "report": N_("Installations"),
    "code": N_("Installations with the code"),
    "event": N_("Audit log"),
    "request": N_("Requests"),
    "address": N_("Addresses"),
}
"""Groups of results, in their order."""


@router.get("")
def ask(request: Request, viewer: SignedIn) -> Response:
    """The box by itself, with what went wrong."""
    return page(request, viewer, "cabinet/search/page.html", box(request, viewer))


@router.post("")
def search(request: Request, session: SessionDep, viewer: SignedIn, fields: FieldsDep) -> Response:
    """To the one thing that was meant, or to all that may be."""
    text = fields.text("q")
    hits = found(session, viewer, text)
    if len(hits) == 1:
        return go(request, path_of(viewer, hits[0].kind, hits[0].ident))
    sessions.stash(session, viewer, STASH, text.strip()[:200])
    return go(request, "/cabinet/search/results")


@router.get("/results")
def results(request: Request, session: ReadSessionDep, viewer: SignedIn) -> Response:
    """Everything that the text may mean, by kind."""
    text = str(sessions.stashed(session, viewer, STASH) or "")
    hits = find(session, viewer.vendor_id, classify(text), viewer.permissions)
    context = {"text": text, "groups": grouped(hits), "path": lambda hit: _path(viewer, hit)}
    return page(request, viewer, "cabinet/search/results.html", context)


def box(request: Request, viewer: Viewer) -> dict[str, object]:
    """The box as its page shows it: that nothing was found is an answer, no error."""
    filled = form(request, viewer.locale)
    nothing = filled.error("q") == NOTHING[1]
    return {
        "form": replace(filled, errors={}, refused=None) if nothing else filled,
        "nothing": nothing,
    }


def found(session: KitSession, viewer: Viewer, text: str) -> list[Hit]:
    """What the text leads to; VALIDATION_FAILED at the box where that is nothing."""
    looked = classify(text)
    hits = find(session, viewer.vendor_id, looked, viewer.permissions)
    if hits:
        return hits
    why = {Shape.NOTHING: EMPTY, Shape.MISTYPED: MISTYPED}.get(looked.shape, NOTHING)
    raise ValidationFailed.at({"/q": why})


def grouped(hits: Sequence[Hit]) -> list[tuple[str, list[Hit]]]:
    """The hits under the headings of their kinds."""
    order = list(HEADINGS)
    ranked = sorted(hits, key=lambda hit: order.index(hit.kind))
    return [(HEADINGS[kind], list(some)) for kind, some in groupby(ranked, lambda hit: hit.kind)]


def _path(viewer: Viewer, hit: Hit) -> str:
    return path_of(viewer, hit.kind, hit.ident)
