"""The card of a release: its own words, its file beside the one before, its history."""

import re
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request, Response

from app.audit import queries as audit
from app.cabinet.auth import Viewer
from app.cabinet.editing import faster
from app.cabinet.extensions.editing import FLAGS, NAMES, install_told, joined, lines_of
from app.cabinet.releases.frames import PATH, Either, Frame, Reader, frame, require_writer, told
from app.cabinet.releases.numbers import numbered, renumbered
from app.cabinet.routers import pages
from app.cabinet.templates import fragment, page
from app.catalog import queries as catalog
from app.catalog.models import Artifact, Release, ReleaseStatus
from app.catalog.queries import comparison, eulas
from app.catalog.queries import releases as reads
from app.catalog.schemas.eulas import FindEulas
from app.catalog.schemas.releases import ChangeRelease
from app.catalog.service import drafts, signing
from app.catalog.service import releases as service
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_, Language
from app.kit.paging import Page
from app.kit.problems import ValidationFailed, command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, Form, form

router = pages("/releases")
_NUMBER = re.compile(r"\d{1,5}(\.\d{1,5}){1,3}(?![\d.])")
_NOTES = ("notes_en", "migration_notes_ru", "migration_notes_en")
_STEPS = ("post_install_steps_ru", "post_install_steps_en")
_OF_DRAFTS = ("version", "channel", "min_from_version", "eula_id")


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact of the file, before and now; the label is a message id."""

    label: str
    before: str
    now: str


@router.get("/{release_id}")
def release_card(
    request: Request, session: ReadSessionDep, viewer: Reader, release_id: uuid.UUID
) -> Response:
    """What is said of the release, and what its file says of itself."""
    found = frame(session, viewer, release_id, "main")
    now, version = _now(found.release), found.release.row_version
    now["number"] = now["number"] or _number_in(found.shown.file)
    return _page(
        request, session, viewer, found, form(request, viewer.locale, now, version=version)
    )


def _page(
    request: Request, session: KitSession, viewer: Viewer, found: Frame, filled: Form
) -> Response:
    release, now = found.release, _now(found.release)
    file, before = reads.file_with_contents(session, release), reads.previous(session, release)
    published = release.status != ReleaseStatus.DRAFT
    context = found.context() | {
        "form": filled,
        "now": now if release.status == ReleaseStatus.DRAFT else _amendable(now),
        **faster(request, session, viewer, "release", release.id),
        "guessed": not (published or release.version) and _number_in(file),
        "contents": _counts(file),
        **_told_by_file(file, viewer.locale),
        "remarks": [] if published else told(comparison.file_remarks(session, release), viewer),
        "signed": signing.is_signed(session, release) if published else None,
        "before": before,
        "differences": _differences(session, file, before),
        "features": catalog.features(session, viewer.vendor_id),
        "eulas": _eulas(session, viewer, found.extension.product_id),
    }
    return page(request, viewer, "cabinet/releases/card.html", context)


def _number_in(file: Artifact | None) -> str:
    """The number that a version such as 1.6.0+2021-08-03 begins with, which can be ordered."""
    begins = _NUMBER.match(file.parsed_version or "") if file else None
    return begins[0] if begins else ""


def _now(release: Release) -> dict[str, Any]:
    names = (*_NOTES, "notes_ru", *_OF_DRAFTS, "required_features")
    now: dict[str, Any] = {name: getattr(release, name) for name in names}
    now |= {name: "\n".join(getattr(release, name)) for name in (*_STEPS, *NAMES)}
    now["number"] = now.pop("version")
    return now | {flag: "on" if getattr(release, flag) else None for flag in (*FLAGS, "critical")}


def _amendable(now: dict[str, Any]) -> dict[str, Any]:
    """What may still change after the publication."""
    return {name: now[name] for name in (*_NOTES, "notes_ru", *_STEPS, "critical")}


def _eulas(
    session: KitSession, viewer: Viewer, product_id: uuid.UUID
) -> list[tuple[uuid.UUID, int, date]]:
    product = catalog.product(session, viewer.vendor_id, product_id)
    found = eulas.eulas(session, viewer.vendor_id, FindEulas(product=product.code)).rows
    return [(eula.id, eula.number, eula.effective_from) for eula, _ in found]


def _told_by_file(file: Artifact | None, language: Language) -> dict[str, object]:
    """What the file calls itself for people, and how it is stored."""
    contents = (file.contents if file else None) or {}
    names = contents.get("synonym") or {}
    synonym = names.get(language) or names.get("ru") or next(iter(names.values()), "")
    return {"synonym": synonym, "storage": contents.get("format")}


def _counts(file: Artifact | None) -> dict[str, int]:
    """How many objects of which origin the file holds."""
    counts = {"own": 0, "adopted": 0}
    for item in comparison.objects_of(file):
        counts[item["origin"]] = counts.get(item["origin"], 0) + 1
    return counts


def _differences(
    session: KitSession, file: Artifact | None, before: Release | None
) -> list[Difference]:
    """What the file says beside the file of the release before; only what differs."""
    earlier = reads.file_with_contents(session, before)
    if file is None or earlier is None:
        return []
    was, now = _facts(earlier), _facts(file)
    return [Difference(label, was[label], now[label]) for label in now if was[label] != now[label]]


def _facts(file: Artifact) -> dict[str, str]:
    counts = _counts(file)
    return {
        N_("Version in the file"): file.parsed_version or "—",
        N_("Vendor"): file.parsed_vendor or "—",
        N_("Prefix"): file.parsed_prefix or "—",
        N_("Purpose"): file.parsed_purpose,
        N_("Compatibility mode"): file.parsed_compatibility,
        N_("Size, bytes"): str(file.size),
        N_("Own objects"): str(counts["own"]),
        N_("Adopted objects"): str(counts["adopted"]),
    }


@router.post("/{release_id}")
def change_release(
    request: Request, session: SessionDep, viewer: Either, release_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """Saves a draft, or what may still change of a published release; or shows the notes."""
    if fields.text("do") == "preview":
        found = frame(session, viewer, release_id, "main")
        return _page(request, session, viewer, found, _typed(fields))
    release = catalog.release(session, viewer.vendor_id, release_id)
    viewer = require_writer(request, viewer, release)
    is_draft = release.status == ReleaseStatus.DRAFT
    try:
        wish = command(ChangeRelease, fields.own(_told(fields, is_draft=is_draft)))
    except ValidationFailed as problem:
        raise renumbered(joined(problem)) from None
    change = drafts.update_draft if is_draft else service.amend
    version = fields.version()
    change(session, viewer.vendor_id, release_id, wish, version=version, actor=viewer.actor)
    return go(request, f"{PATH}/{release_id}", N_("Saved"))


def _typed(fields: Fields) -> Form:
    """The form as it was sent, for a page that does not save it."""
    values: dict[str, list[str]] = {}
    for name, value in fields.shown():
        values.setdefault(name, []).append(value)
    return Form(values, version=fields.version())


@router.post("/{release_id}/notes")
def notes_as_read(
    request: Request, viewer: Reader, release_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """The notes as customers read them, while they are typed."""
    del release_id
    return fragment(request, viewer, "cabinet/releases/_notes.html", {"form": _typed(fields)})


def _told(fields: Fields, *, is_draft: bool) -> dict[str, Any]:
    told: dict[str, Any] = fields.or_none(*_NOTES)
    told |= {name: lines_of(fields, name) for name in _STEPS}
    told |= {"notes_ru": fields.text("notes_ru"), "critical": fields.has("critical")}
    if is_draft:
        told |= fields.given("channel") | fields.or_none("min_from_version", "eula_id")
        told |= numbered(fields) if fields.text("pick-number") != "theirs" else {}
        told |= install_told(fields) | {"required_features": fields.all("required_features")}
    return told


@router.get("/{release_id}/history")
def release_history(
    request: Request, session: ReadSessionDep, viewer: Reader, release_id: uuid.UUID
) -> Response:
    """What was done to the release, and the sets of rules that it had."""
    found = frame(session, viewer, release_id, "history")
    where = Page(cursor=request.query_params.get("cursor"), filters={"": request.url.path})
    context = found.context() | {
        "events": audit.history(session, viewer.vendor_id, "release", found.release.id, where),
        "sets": reads.rules_versions(session, found.release),
    }
    return page(request, viewer, "cabinet/releases/history.html", context)
