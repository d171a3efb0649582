"""Publishing a release, and how it spreads afterwards."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from app.cabinet.auth import Viewer
from app.cabinet.confirming import Confirmation
from app.cabinet.releases.frames import PATH, Frame, Publisher, Reader, frame, told
from app.cabinet.routers import pages
from app.cabinet.templates import page
from app.catalog import queries as catalog
from app.catalog.models import Release, ReleaseStatus
from app.catalog.queries import comparison
from app.catalog.queries import releases as reads
from app.catalog.queries.eulas import required_eula
from app.catalog.schemas.releases import PromoteRelease, PublishRelease, RaiseRollout
from app.catalog.service import releases as service
from app.delivery.queries.reach import Reach, reach
from app.delivery.queries.spread import spread
from app.kit.db import KitSession, ReadSessionDep, SessionDep, UnitOfWork
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed, command
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, form
from wire.extensions import Channel

router = pages("/releases")
PAUSE = Confirmation(
    N_("Pause the release {name}?"),
    N_(
        "From the next request on nobody is offered it, and downloads stop, also those that have "
        "begun. What is installed stays. You can resume it."
    ),
    N_("Pause the release"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check-list: what it is about, how it stands, where it is mended."""

    text: str
    state: str
    path: str = ""


_CHECKS = (
    ("artifact", N_("The file is ready"), "/replace"),
    ("name", N_("The name in the file is that of the extension"), "/replace"),
    ("file_version", N_("The version in the file agrees"), "/replace"),
    ("version", N_("The release has a version"), "#number"),
    ("rules", N_("A rule says what it fits"), "/compatibility"),
    ("notes_ru", N_("There are notes in Russian"), "#notes_ru"),
    ("eula", N_("The agreement is in force"), "#eula_id"),
    ("trust", N_("The vendor has a root of trust and a signing key"), ""),
    ("held", N_("The signing key is on this server"), ""),
)


@router.get("/{release_id}/publish")
def publication(
    request: Request, session: ReadSessionDep, viewer: Reader, release_id: uuid.UUID
) -> Response:
    """The check-list of a draft; of a published release how far it has spread."""
    found = frame(session, viewer, release_id, "publish")
    release = found.release
    first = {"rollout_percent": release.rollout_percent, "channel": release.channel}
    is_draft = release.status == ReleaseStatus.DRAFT
    checks = list(_checks(session, found)) if is_draft else []
    context = found.context() | {
        "form": form(request, viewer.locale, first),
        "checks": checks,
        "ready": all(check.state != "missing" for check in checks),
        "remarks": told(comparison.file_remarks(session, release), viewer) if is_draft else [],
        "reach": _reach(session, release),
        "spread": None if is_draft else spread(session, [release])[release.id],
        "calmer": _calmer(release),
        "may_publish": viewer.may("releases.publish"),
        "back": catalog.release(session, viewer.vendor_id, release.rollback_to_id)
        if release.rollback_to_id
        else None,
    }
    return page(request, viewer, "cabinet/releases/publish.html", context)


def _checks(session: KitSession, found: Frame) -> Iterator[Check]:
    lacking = service.lacking(session, found.extension, found.release)
    for name, text, place in _CHECKS:
        if name == "file_version" and not found.release.version:
            continue  # there is nothing yet that it could agree with
        state = "missing" if name in lacking else "ok"
        free = name == "eula" and _asks_nothing(session, found)
        said = N_("There is no agreement, none is needed") if free else text
        yield Check(said, state, found.path + place if place else "")
    unsafe = found.release.safe_mode_off_required or found.release.unsafe_action_protection_off
    if unsafe:
        text = N_("Safe mode or protection is off: agents ask for consent at the customer's")
        yield Check(text, "look", found.path)


def _asks_nothing(session: KitSession, found: Frame) -> bool:
    """Whether whoever installs the release has nothing to agree to."""
    return required_eula(session, found.extension, found.release) is None


def _reach(session: KitSession, release: Release) -> Reach:
    return reach(session, release, reads.compiled_rules(session, [release])[release.id])


def _calmer(release: Release) -> list[str]:
    """Channels that the release can still be moved to."""
    channels = [channel.value for channel in Channel]
    return channels[: channels.index(release.channel)]


@router.post("/{release_id}/publish")
def change_publication(
    request: Request,
    session: SessionDep,
    viewer: Publisher,
    release_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Publishes the draft, raises the roll-out, promotes or resumes the release."""
    act, done = _ACTS.get(fields.text("do"), _ACTS["publish"])
    act(session, viewer, release_id, fields)
    return go(request, f"{PATH}/{release_id}/publish", done)


def _publish(session: UnitOfWork, viewer: Viewer, release_id: uuid.UUID, fields: Fields) -> None:
    release = catalog.release(session, viewer.vendor_id, release_id)
    require_typed(release, fields)
    wish = command(PublishRelease, fields.given("rollout_percent"))
    service.publish(session, viewer.vendor_id, release_id, wish, actor=viewer.actor)


def require_typed(release: Release, fields: Fields) -> None:
    """What cannot be taken back asks for the version to be typed."""
    if fields.text("typed").strip() != release.version:
        message = N_("Type the version of the release as it is written above")
        raise ValidationFailed.at({"/typed": ("typed", message)})


def _raise(session: UnitOfWork, viewer: Viewer, release_id: uuid.UUID, fields: Fields) -> None:
    wish = command(RaiseRollout, fields.given("rollout_percent"))
    service.raise_rollout(session, viewer.vendor_id, release_id, wish, actor=viewer.actor)


def _promote(session: UnitOfWork, viewer: Viewer, release_id: uuid.UUID, fields: Fields) -> None:
    wish = command(PromoteRelease, fields.given("channel"))
    service.promote(session, viewer.vendor_id, release_id, wish, actor=viewer.actor)


def _resume(session: UnitOfWork, viewer: Viewer, release_id: uuid.UUID, fields: Fields) -> None:
    del fields
    service.resume(session, viewer.vendor_id, release_id, actor=viewer.actor)


_ACTS: dict[str, tuple[Callable[..., Any], str]] = {
    "publish": (_publish, N_("The release is published")),
    "rollout": (_raise, N_("The roll-out is raised")),
    "promote": (_promote, N_("The release is in the calmer channel")),
    "resume": (_resume, N_("The release is offered again")),
}


@router.get("/{release_id}/pause")
def ask_to_pause(
    request: Request, session: ReadSessionDep, viewer: Publisher, release_id: uuid.UUID
) -> Response:
    """What a pause stops."""
    found = frame(session, viewer, release_id, "publish")
    there = f"{found.path}/publish"
    context = PAUSE.context(form(request, viewer.locale), found.release.version, there)
    trail = [(f"/cabinet/extensions/{found.extension.id}", found.extension.title_ru)]
    more = {"trail": [*trail, (found.path, found.release.version)], "seats_lost": 0}
    return page(request, viewer, "cabinet/confirm.html", context | more)


@router.post("/{release_id}/pause")
def pause_release(
    request: Request, session: SessionDep, viewer: Publisher, release_id: uuid.UUID
) -> Response:
    """Stops it for everybody."""
    service.pause(session, viewer.vendor_id, release_id, actor=viewer.actor)
    return go(request, f"{PATH}/{release_id}/publish", N_("The release is paused"))
