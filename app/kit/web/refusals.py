"""Exception handlers: every refusal becomes a problem document, or a page where people read."""

from functools import partial

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from app.kit.asgi import BODY_MAX
from app.kit.db import problem_of
from app.kit.i18n import fill, negotiate
from app.kit.problems import (
    BodyTooLarge,
    InternalError,
    JsonInvalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    StorageUnavailable,
    UnsupportedMedia,
    ValidationFailed,
)
from app.kit.telemetry import log
from app.kit.web.forms import again
from app.kit.web.html import page
from onec.reasons import Action, hint

_FOR_PROGRAMS = ("/api", "/tuf")
_CABINET = "/cabinet"
"""Below it people who are signed in stay in their shell: `state.problem_page` renders it."""
_BY_STATUS: dict[int, type[Problem]] = {
    400: JsonInvalid,
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMedia,
}


def install(app: FastAPI) -> None:
    """Registers the handlers of all that a request may raise on purpose."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_shape)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(SQLAlchemyError, _on_database)


def answer(request: Request, error: Exception) -> Response:
    """The answer to any exception; what is no refusal of ours is a 500 with the request's id."""
    if isinstance(error, StorageUnavailable):
        log.warning("storage", code=error.code, why=error.why)
    problem = error if isinstance(error, Problem) else problem_of(error)
    return render(request, problem or InternalError(request_id=_request_id(request)))


def _on_problem(request: Request, error: Exception) -> Response:
    return answer(request, error)


def _on_shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    return render(request, ValidationFailed.of(error.errors()))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        raise error  # nothing of ours raises it, so it is a defect
    problem = kind(max=BODY_MAX) if kind is BodyTooLarge else kind()
    problem.headers = dict(error.headers or {})
    return render(request, problem)


def _on_database(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is None:
        raise error  # a defect of ours, which the envelope logs
    log.warning("database", code=problem.code, why=str(getattr(error, "orig", None) or error))
    return render(request, problem)


def render(request: Request, problem: Problem) -> Response:
    """The form again, where one was posted; else problem details (RFC 9457), or a page."""
    request.app.state.metrics.refusals.labels(problem.code).inc()
    return again(request, problem, partial(_render, request, problem)) or _render(request, problem)


def _render(request: Request, problem: Problem) -> Response:
    language = negotiate(request.headers.get("accept-language"))
    headers = dict(problem.headers)
    if problem.status == 401:  # noqa: PLR2004 - the status that RFC 9110 ties the header to
        headers["WWW-Authenticate"] = "Bearer"
    path, inside = _path(request), getattr(request.app.state, "problem_page", None)
    if inside is not None and (path == _CABINET or path.startswith(f"{_CABINET}/")):
        shown: Response | None = inside(request, problem, headers)
        if shown is not None:
            return shown
    if not path.startswith(_FOR_PROGRAMS):
        context = {
            "title": problem.heading(language),
            "detail": fill(problem.detail, language, problem.params),
            "next_step": hint(Action(problem.action), language),
            "code": problem.code,
            "request_id": _request_id(request),
        }
        return page(request, "problem.html", context, status=problem.status, headers=headers)
    document = {
        "type": f"{str(request.app.state.kit.settings.public_url).rstrip('/')}"
        f"/problems/{problem.slug()}",
        **problem.document(language),
        "instance": _instance(request),
        "request_id": _request_id(request),
    }
    return JSONResponse(
        document, problem.status, headers=headers, media_type="application/problem+json"
    )


def _instance(request: Request) -> str:
    """The path of a known route, without what the caller put into it."""
    if "route" not in request.scope:
        return "/"
    given = {str(value) for value in request.path_params.values()}
    parts = _path(request).split("/")
    return "/".join(part for part in parts if part not in given)


def _path(request: Request) -> str:
    """Not `request.url.path`, which escapes some symbols and fails on some queries."""
    return str(request.scope["path"])


def _request_id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))
