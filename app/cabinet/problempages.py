"""Refusals as pages inside the cabinet: what is wrong, what to do next, whom to ask."""

from collections.abc import Mapping

from fastapi import Request, Response

from app.accounts import queries as accounts
from app.accounts.problems import PermissionDenied
from app.accounts.schemas import PERMISSIONS, Permission
from app.cabinet.auth import Viewer, whoever
from app.cabinet.templates import page
from app.cabinet.words import PERMISSIONS as WORDS
from app.kit.db import reading
from app.kit.i18n import Language, fill, in_words, translate
from app.kit.problems import (
    FOR_STAFF,
    BodyTooLarge,
    MethodNotAllowed,
    NotFound,
    Problem,
    UnsupportedMedia,
    ValidationFailed,
)
from app.kit.web.bodies import FormBroken, FormTooLong
from app.kit.web.origin import SAFE
from onec.reasons import Action, hint

_LATER = frozenset({"retry", "wait"})
_OF_SERVERS = 500
"""From this status on nobody but the operator can help."""
_BEFORE_ANYBODY_IS_ASKED = (
    NotFound,
    MethodNotAllowed,
    BodyTooLarge,
    UnsupportedMedia,
    ValidationFailed,
    FormBroken,
    FormTooLong,
)
"""What an address or a body is refused for while nobody knows who sends it."""


def problem_page(request: Request, problem: Problem, headers: Mapping[str, str]) -> Response | None:
    """The refusal in the shell of somebody who is signed in; None for everybody else."""
    viewer = _viewer(request, problem)
    if viewer is None:
        return None
    language = viewer.locale
    context: dict[str, object] = {
        "problem_title": problem.heading(language),
        "detail": fill(problem.detail, language, problem.params) or _wrong(problem, language),
        "next_step": hint(Action(problem.action), language) if problem.action in FOR_STAFF else "",
        "code": problem.code,
        "request_id": request.scope["state"].get("request_id", ""),
        "wait": _wait(problem, language),
        "again": problem.action in _LATER and request.method in SAFE,
        "is_servers": problem.status >= _OF_SERVERS and problem.action not in FOR_STAFF,
    }
    if isinstance(problem, PermissionDenied):
        context |= _missing(request, viewer, Permission(str(problem.params["permission"])))
    answer = page(request, viewer, "cabinet/problem.html", context, status=problem.status)
    answer.headers.update(headers)
    return answer


def _wrong(problem: Problem, language: Language) -> str:
    """What is wrong with a form or an address that is not shown again."""
    said = dict.fromkeys(translate(error["detail"], language) for error in problem.errors)
    return "; ".join(said)


def _wait(problem: Problem, language: Language) -> str:
    """How long to wait, where the title does not say it."""
    seconds = problem.headers.get("Retry-After", "")
    wait = in_words(int(seconds), language) if seconds else ""
    return "" if wait in problem.heading(language) else wait


def _viewer(request: Request, problem: Problem) -> Viewer | None:
    """Who asked, if that is known; else who it is by the cookie."""
    known: Viewer | None = request.scope["state"].get("viewer")
    if known is not None or not isinstance(problem, _BEFORE_ANYBODY_IS_ASKED):
        return known
    try:
        return whoever(request)
    except Exception:  # noqa: BLE001 - the plain page tells the refusal all the same
        return None


def _missing(request: Request, viewer: Viewer, permission: Permission) -> dict[str, object]:
    """The right, the roles that have it, and the people who can give one of them."""
    roles = [role.value for role, held in PERMISSIONS.items() if permission in held]
    state = request.app.state
    with reading(state.engine, state.kit) as session:
        givers = [
            each.user.name or each.user.email
            for each in accounts.colleagues(session, viewer.vendor_id)
            if each.membership.role in ("owner", "admin")
            and each.membership.accepted_at is not None
            and each.membership.disabled_at is None
            and each.membership.role in roles
        ]
    return {
        "right": WORDS[permission.value],
        "problem_right": permission.value,
        "roles": roles,
        "givers": givers,
    }
