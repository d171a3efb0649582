import re
from collections.abc import Iterator, Sequence

import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Host, Match, Mount, Route
from starlette.testclient import TestClient

from app.kit.routing import Narrowed
from app.main import assemble

PARAMETER = re.compile(r"\{[^}]+\}")
VALUES = ("1", "new", "0190b4a5-7c1e-7000-8000-000000000001")


def matching(routes: Sequence[BaseRoute], path: str) -> list[BaseRoute]:
    """All that fit a path, whatever the method: of equal lists the same one is chosen."""
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return [route for route in routes if route.matches(dict(scope))[0] is not Match.NONE]


def around(path: str) -> Iterator[str]:
    """Paths of a route, and such as are almost its."""
    yield from (PARAMETER.sub(value, path) for value in VALUES)
    filled = PARAMETER.sub("ё", path)
    yield from (f"{filled}/", f"{filled}\n", f"{filled}/more", f"{filled}x", filled[1:])


def test_every_path_of_the_application_finds_what_it_found_among_all_routes() -> None:
    app = assemble()
    narrowed = Narrowed(app.router)
    some = {path for route in app.routes for path in around(getattr(route, "path", ""))}
    found = 0
    for path in {*some, "", "*", "/", "//", "/\n\n", "/" * 5_000, "/static/a/b/c", "/static"}:
        near = narrowed.narrow(path).routes
        assert len(near) < 30, path
        expected = matching(app.routes, path)
        assert matching(near, path) == expected, path
        found += bool(expected)
    assert found > len(app.routes)


async def told(request: Request) -> PlainTextResponse:
    return PlainTextResponse(getattr(request.scope.get("route"), "path", request.url.path))


def an_api() -> FastAPI:
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    for path, methods in (
        ("/a/{x}", ["GET"]),
        ("/a/new", ["GET"]),  # never reached
        ("/a/new", ["POST"]),
        ("/a/{x:int}/b", ["GET"]),
        ("/{any}/c", ["PUT"]),
        ("/a/{x}-{y}/c", ["PUT", "GET"]),
        ("/deep/{rest:path}", ["GET"]),
        ("/deep/down", ["GET", "HEAD"]),
    ):
        app.add_api_route(path, told, methods=methods)
    inner = APIRouter()
    inner.add_api_route("/{x}", told, methods=["DELETE"])
    app.include_router(inner, prefix="/a")
    app.router.routes.append(Mount("/files", Route("/{x}", told)))
    app.router.routes.append(Host("other.example", Route("/a/b/c/d", told)))
    return app


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_answers_are_those_of_the_whole_router(method: str) -> None:
    linear, narrow = an_api(), an_api()
    narrow.router.middleware_stack = Narrowed(narrow.router)
    paths = (
        *("/", "/a", "/a/", "/a/new", "/a/old", "/a/new%0A", "/a/1/b", "/a/x/b", "/x/c", "/a/c"),
        *("/a/1-2/c", "/deep/", "/deep/down", "/deep/a/b/c", "/files/1", "/files", "/a/b/c/d"),
    )
    for path in paths:
        for host in ("testserver", "other.example"):
            one, two = (
                TestClient(app, base_url=f"http://{host}").request(method, path)
                for app in (linear, narrow)
            )
            assert (two.status_code, two.text) == (one.status_code, one.text), path
            assert sorted(two.headers.get("allow", "").split(", ")) == sorted(
                one.headers.get("allow", "").split(", ")
            )


def test_a_route_that_is_added_or_taken_away_is_noticed() -> None:
    app = an_api()
    app.router.middleware_stack = Narrowed(app.router)
    client = TestClient(app)
    assert client.get("/late/r").status_code == 404
    app.add_api_route("/late/{x}", told)
    assert client.get("/late/r").text == "/late/{x}"
    app.router.routes.pop()
    assert client.get("/late/r").status_code == 404


def test_an_application_below_another_one_tries_all_routes() -> None:
    app, outer = an_api(), FastAPI(openapi_url=None)
    app.router.middleware_stack = Narrowed(app.router)
    outer.mount("/below", app)
    assert TestClient(outer).get("/below/a/old").text == "/a/{x}"
