"""Activation audit: one box, and the whole story of what was pasted into it."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request, Response

from app.accounts.schemas import Permission
from app.accounts.service import sessions
from app.cabinet import storylines
from app.cabinet.auth import Signed, Viewer
from app.cabinet.keyrows import HeldProduct, held_products
from app.cabinet.links import STORIES, path_of, story_path, subject_path
from app.cabinet.lists import Filter, Listing, ListKind, asked, asked_exactly, given
from app.cabinet.routers import pages
from app.cabinet.search import HEADINGS, box, found, grouped
from app.cabinet.states import look_of
from app.cabinet.templates import page
from app.catalog import queries as catalog
from app.catalog.queries.extensions import extension_titles
from app.kit.clock import rfc3339
from app.kit.db import KitSession, ReadSessionDep, SessionDep, reading
from app.kit.i18n import N_, Language, translate
from app.kit.problems import NotFound, command
from app.kit.web.flash import go
from app.kit.web.forms import FieldsDep, form
from app.kit.web.tables import download
from app.licensing.queries.checks import key_state
from app.licensing.queries.rights import KeyRights
from app.support.queries.classify import classify
from app.support.queries.finding import find
from app.support.queries.story import Story, about, lines_of, story
from app.support.queries.threads import Threads
from app.support.schemas import Annotate, FindStory, Kind
from app.support.service import cases

router = pages("/support")
Reader = Annotated[Viewer, Depends(Signed(Permission.SUPPORT_READ))]
Writer = Annotated[Viewer, Depends(Signed(Permission.SUPPORT_ANNOTATE))]
Exporter = Annotated[Viewer, Depends(Signed(Permission.AUDIT_EXPORT))]
_STASH = "case"
FILTERS = (
    Filter("created_from", N_("From day")),
    Filter("created_to", N_("To day")),
    Filter("refused", N_("Only refusals"), {"true": N_("yes")}),
    Filter("code", N_("Reason code")),
    Filter("infobase_id", N_("Infobase")),
    Filter("agent_version", N_("Agent version")),
)
COLUMNS = (
    N_("When"),
    N_("Who"),
    N_("What"),
    N_("About"),
    N_("Result"),
    N_("Reason"),
    N_("Code"),
    N_("Details"),
    N_("Address"),
    N_("Agent version"),
    N_("Request id"),
)


@router.get("")
def ask(request: Request, viewer: Reader) -> Response:
    """The box."""
    return page(request, viewer, "cabinet/support/page.html", box(request, viewer))


@router.post("")
def open_case(request: Request, session: SessionDep, viewer: Reader, fields: FieldsDep) -> Response:
    """Opens the story of what was pasted; of several the person chooses."""
    text = fields.text("q")
    hits = [hit for hit in found(session, viewer, text) if hit.kind in STORIES]
    if len(hits) != 1:
        sessions.stash(session, viewer, _STASH, text.strip()[:200])
        return go(request, "/cabinet/support/choose")
    subject = about(session, viewer.vendor_id, Kind(hits[0].kind), hits[0].ident).subject
    cases.open_case(session, subject, actor=viewer.actor)
    return go(request, story_path(hits[0].kind, hits[0].ident))


@router.get("/choose")
def choose(request: Request, session: ReadSessionDep, viewer: Reader) -> Response:
    """Whose story is meant."""
    text = str(sessions.stashed(session, viewer, _STASH) or "")
    hits = find(session, viewer.vendor_id, classify(text), viewer.permissions)
    context = {
        "title": N_("Whose story is meant?"),
        "text": text,
        "groups": grouped([hit for hit in hits if hit.kind in STORIES]),
        "path": lambda hit: story_path(hit.kind, hit.ident),
    }
    return page(request, viewer, "cabinet/search/results.html", context)


@router.get("/{kind}/{ident}")
def show(
    request: Request, session: ReadSessionDep, viewer: Reader, kind: str, ident: str
) -> Response:
    """The story, newest first, narrowed as the address says."""
    wish = asked(FindStory, request)
    told = story(session, viewer.vendor_id, _kind(kind), ident, wish)
    context = _context(request, session, viewer, told)
    return page(request, viewer, "cabinet/support/story.html", context)


@router.get("/{kind}/{ident}/print")
def printable(
    request: Request, session: ReadSessionDep, viewer: Reader, kind: str, ident: str
) -> Response:
    """The story on paper: two hundred lines, no menus."""
    wish = asked(FindStory, request, limit=200)
    told = story(session, viewer.vendor_id, _kind(kind), ident, wish)
    context = _context(request, session, viewer, told)
    return page(request, viewer, "cabinet/support/print.html", context)


@router.get("/{kind}/{ident}/note")
def ask_note(
    request: Request, session: ReadSessionDep, viewer: Writer, kind: str, ident: str
) -> Response:
    """What to write down."""
    found = about(session, viewer.vendor_id, _kind(kind), ident)
    context = {"form": form(request, viewer.locale), "back": story_path(kind, ident)}
    return page(request, viewer, "cabinet/support/note.html", context | {"about": found})


@router.post("/{kind}/{ident}/note")
def note(
    request: Request,
    session: SessionDep,
    viewer: Writer,
    kind: str,
    ident: str,
    fields: FieldsDep,
) -> Response:
    """Writes a note, or that the case is solved and how."""
    wish = command(Annotate, text=fields.text("text"))
    write = cases.resolve if fields.has("solved") else cases.annotate
    write(session, viewer.vendor_id, _kind(kind), ident, wish, actor=viewer.actor)
    said = N_("Marked as solved") if fields.has("solved") else N_("The note is in the story")
    return go(request, story_path(kind, ident), said)


@router.post("/{kind}/{ident}/export")
def export(
    request: Request, session: SessionDep, viewer: Exporter, kind: str, ident: str
) -> Response:
    """The whole case as a file."""
    wish = asked_exactly(FindStory, request, limit=200)
    found = about(session, viewer.vendor_id, _kind(kind), ident)
    cases.record_export(session, found.subject, actor=viewer.actor, filters=wish.filters())
    rows = _rows(request, viewer, found.threads, wish)
    head = [translate(column, viewer.locale) for column in COLUMNS]
    return download(f"{kind}-{session.now():%Y-%m-%d}", "csv", head, rows)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise NotFound from None


def _context(
    request: Request, session: KitSession, viewer: Viewer, told: Story
) -> dict[str, object]:
    about = told.about
    path = story_path(about.kind.value, about.ident)
    names = {str(row.id): row.label for row in told.infobases}
    listing = Listing(ListKind(FILTERS), path, given(request), viewer.locale, texts=names)
    return {
        "about": about,
        "told": told,
        "listing": listing,
        "names": names,
        "lines": storylines.story_lines(told.feed.lines, viewer.locale, _called(session, viewer)),
        "keys": [_held(rights, viewer.locale) for rights in about.keys],
        "heading": HEADINGS[about.kind.value],
        "subject_path": lambda line: subject_path(viewer, *line.subject) if line.subject else "",
        "card": path_of(viewer, about.kind.value, about.ident)
        if about.kind in (Kind.KEY, Kind.CUSTOMER, Kind.COUPON)
        else "",
        "next": _next(listing, told.feed.next_cursor),
    }


def _called(session: KitSession, viewer: Viewer) -> storylines.Called:
    return {
        "product": catalog.product_names(session, viewer.vendor_id),
        "extension": extension_titles(session, viewer.vendor_id, viewer.locale),
    }


def _held(rights: KeyRights, language: Language) -> tuple[KeyRights, str, list[HeldProduct]]:
    return rights, key_state(rights), [p for p in held_products(rights, language) if p.counts]


def _next(listing: Listing, cursor: str | None) -> list[tuple[str, str]] | None:
    """The members of the next page's address, if there is one."""
    return [*listing.kept(), ("cursor", cursor)] if cursor else None


def _rows(request: Request, viewer: Viewer, of: Threads, wish: FindStory) -> Iterator[list[object]]:
    """Page after page, each in a reading of its own: a file may be long."""
    state, cursor, more = request.app.state, None, True
    while more:
        with reading(state.engine, state.kit) as session:
            part = wish.model_copy(update={"cursor": cursor})
            found = lines_of(session, viewer.vendor_id, of, part)
            lines = storylines.story_lines(found.lines, viewer.locale, _called(session, viewer))
            rows = [_cells(line, viewer.locale) for line in lines]
        yield from rows
        cursor, more = found.next_cursor, found.next_cursor is not None


def _letter(line: storylines.StoryLine, language: Language) -> Iterator[tuple[str, str]]:
    """What became of the letter, with its time."""
    if line.letter is not None:
        word = translate(look_of("letter", line.letter.status).word, language)
        yield translate(N_("Letter"), language), f"{word} {rfc3339(line.letter.changed_at)}"


def _cells(line: storylines.StoryLine, language: Language) -> list[object]:
    details = "; ".join(
        f"{name}: {value}" for name, value in [*line.details, *_letter(line, language)]
    )
    return [
        rfc3339(line.at),
        line.who,
        line.what,
        line.label,
        line.outcome_word(language),
        line.reason,
        line.code,
        details,
        line.address,
        line.agent,
        line.request_id,
    ]
