"""The application of a test, assembled once in a process: that takes longer than most tests."""

from functools import cache

from fastapi import FastAPI
from sqlalchemy import Connection, Engine
from starlette.routing import BaseRoute

from app.kit.db import Kit
from app.kit.pool import Pool
from app.main import assemble, equip
from tests.factories.statements import OneConnection


@cache
def _assembled() -> tuple[FastAPI, tuple[BaseRoute, ...]]:
    app = assemble()
    return app, tuple(app.router.routes)


def an_app(engine: Engine | Connection | None, kit: Kit) -> FastAPI:
    """The one application, from now on over this database and kit; a test may add routes to it.

    Whoever needs two at a time creates an own one by `create_app`.
    """
    app, routes = _assembled()
    if tuple(app.router.routes) != routes:  # those of a test before this one
        app.router.routes[:], app.openapi_schema = routes, None
    if isinstance(engine, Engine):
        equip(app, engine, kit, Pool(engine, kit.settings))
    else:
        equip(app, engine, kit, OneConnection(engine))
    return app
