"""Assembles the application: settings, middleware, handlers, routers; nothing else."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from app import __version__, cabinet, site
from app.api import agent, vendor
from app.api.agent import tuf
from app.cabinet import handlers
from app.delivery.schemas import TakeReports
from app.kit.asgi import Envelope
from app.kit.cache import Flights
from app.kit.db import Kit
from app.kit.pool import Pool, Statements
from app.kit.resources import folder
from app.kit.routing import Narrowed
from app.kit.telemetry import Metrics
from app.kit.web import refusals
from app.kit.web.assets import Assets
from app.licensing.service import checklog
from app.upkeep import health
from wire.extensions import OfferQuery
from wire.licenses import LicenseCheckRequest
from wire.problems import ProblemDocument
from wire.reports import ReportBatch

UPLOADS = re.compile(
    r"PUT /api/v1/vendor/releases/[^/]+/artifact|POST /api/v1/vendor/releases/[^/]+/documents"
    r"|POST /cabinet/extensions/[^/]+/(?:releases/new|pictures)"
    r"|POST /cabinet/releases/[^/]+/(?:replace|documents)"
)
"""Whose bodies are files; all others are JSON or plain forms, and small."""


def create_app(
    engine: Engine | Connection, kit: Kit, statements: Statements | None = None
) -> FastAPI:
    """The application over one database and one kit."""
    app = assemble()
    equip(app, engine, kit, statements or Pool(engine, kit.settings))
    return app


def equip(app: FastAPI, engine: Engine | Connection, kit: Kit, statements: Statements) -> None:
    """Everything that an application holds for its routes."""
    state = app.state
    state.engine, state.kit, state.metrics = engine, kit, Metrics()
    state.statements, state.flights, state.noted = statements, Flights(), checklog.Written()


def assemble() -> FastAPI:
    """The routes and what stands around them; the database and the kit are in its state."""
    app = FastAPI(
        title="Podkluch",
        version=__version__,
        docs_url=None,  # the framework's page loads from a foreign host
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    for router in (*agent.ROUTERS, *vendor.ROUTERS, tuf.router, site.router, *cabinet.ROUTERS):
        # With their whole paths: of an included router FastAPI would build every route once more.
        app.router.routes.extend(router.routes)
    app.mount("/static", Assets(directory=folder("static")))
    app.router.middleware_stack = Narrowed(app.router)
    app.state.checks = health.read  # pages show it, and stand below what reads it
    app.state.stopping = False
    refusals.install(app)
    handlers.install(app)
    app.add_middleware(Envelope, on_error=refusals.answer, uploads=UPLOADS)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign] # FastAPI's own recipe
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # As many threads as connections: more threads would only queue on the pool, unseen.
    limiter = anyio.to_thread.current_default_thread_limiter()
    limiter.total_tokens = app.state.kit.settings.threads
    yield
    await app.state.statements.close()


def _openapi(app: FastAPI) -> dict[str, object]:
    """The description of the interface, with the shapes that no route's signature names."""
    if not app.openapi_schema:
        schema = get_openapi(
            title=app.title, version=app.version, routes=app.routes, openapi_version="3.1.0"
        )
        shapes = schema.setdefault("components", {}).setdefault("schemas", {})
        for shape in (ProblemDocument, ReportBatch, LicenseCheckRequest, OfferQuery):
            own = TypeAdapter(shape).json_schema(ref_template="#/components/schemas/{model}")
            shapes.update(own.pop("$defs", {}))
            shapes[shape.__name__] = own
        del shapes[TakeReports.__name__]  # looser than the ReportBatch that is described
        _tell_credentials(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _tell_credentials(schema: dict[str, Any]) -> None:
    """What answers 401 takes a bearer credential; the markers themselves are no schemes."""
    schema["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for operations in schema["paths"].values():
        for operation in operations.values():
            if "401" in operation["responses"]:
                operation["security"] = [{"bearer": []}]
