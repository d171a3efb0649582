"""The application of a test, assembled once in a process: that takes longer than most tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from fastapi import FastAPI
from sqlalchemy import Connection, Engine

from app.kit.db import Kit
from app.kit.telemetry import Metrics
from app.main import assemble


@cache
def _assembled() -> FastAPI:
    return assemble()


def an_app(engine: Engine | Connection | None, kit: Kit) -> FastAPI:
    """The one application, from now on over this database and kit.

    Whoever needs two at a time creates an own one by `create_app`.
    """
    app = _assembled()
    app.state.engine, app.state.kit, app.state.metrics = engine, kit, Metrics()
    return app


@contextmanager
def an_app_for_more(engine: Engine | Connection | None, kit: Kit) -> Iterator[FastAPI]:
    """The one application, whose added routes and what describes them are taken back."""
    app = an_app(engine, kit)
    routes, schema = list(app.router.routes), app.openapi_schema
    app.openapi_schema = None
    yield app
    app.router.routes[:], app.openapi_schema = routes, schema
