"""Routes of no noun: the landing page, problem types, health and metrics."""

import inspect
from ipaddress import ip_address
from string import Formatter

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import queries as accounts
from app.api.auth import Public
from app.kit.db import ReadSessionDep, reading, schema_revision
from app.kit.i18n import fill, negotiate
from app.kit.problems import NotFound, all_problems
from app.kit.revisions import is_pending
from app.kit.web.html import page
from app.upkeep import health
from onec.reasons import Action, hint

router = APIRouter(include_in_schema=False)
_BY_PROXY = ("forwarded", "via", "x-forwarded-for", "x-real-ip")


@router.get("/")
def landing(request: Request, session: ReadSessionDep, _: Public) -> Response:
    """What this server is, and what to open next."""
    known = {"has_vendor": accounts.any_vendor(session), "has_user": accounts.any_user(session)}
    return page(request, "landing.html", known)


@router.get("/problems/{slug}")
def problem_type(request: Request, slug: str, _: Public) -> Response:
    """The page that a problem's `type` points at."""
    kinds = {kind.slug(): kind for kind in all_problems()}
    kind = kinds.get(slug)
    if kind is None:
        raise NotFound
    language = negotiate(request.headers.get("accept-language"))
    unsaid = {name: "…" for _, name, _, _ in Formatter().parse(kind.title) if name}
    context = {
        "code": kind.code,
        "status": kind.status,
        "title": fill(kind.title, language, unsaid),
        "meaning": inspect.getdoc(kind) or "",
        "next_step": hint(Action(kind.action), language),
    }
    return page(request, "problem_type.html", context)


@router.get("/health/live")
def live(_: Public) -> dict[str, str]:
    """The process serves; nothing else is touched."""
    return {"status": "ok"}


@router.get("/health/ready")
def ready(request: Request, response: Response, _: Public) -> dict[str, str]:
    """Whether new requests are welcome: database, schema, storage; no details outside."""
    state = request.app.state
    good = not state.stopping and state.kit.artifacts.writable() and _database_is_ready(request)
    response.status_code = 200 if good else 503
    return {"status": "ok" if good else "unavailable"}


def _database_is_ready(request: Request) -> bool:
    state = request.app.state
    try:
        with reading(state.engine, state.kit) as session:
            # A newer one only adds, and this server is being replaced.
            return not is_pending(schema_revision(session))
    except SQLAlchemyError:
        return False


@router.get("/health")
def whole_health(request: Request, session: ReadSessionDep, _: Public) -> dict[str, object]:
    """Every check with its value and limits, for this host only."""
    _require_this_host(request)
    return health.read(session)


def _require_this_host(request: Request) -> None:
    peer = request.client.host if request.client else ""
    if not _is_loopback(peer) or any(name in request.headers for name in _BY_PROXY):
        raise NotFound


@router.get("/metrics")
def metrics(request: Request, _: Public) -> Response:
    """Prometheus counters, for this host only; elsewhere the path does not exist."""
    _require_this_host(request)
    return Response(request.app.state.metrics.exposed(), media_type=CONTENT_TYPE_LATEST)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
