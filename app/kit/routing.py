"""Routes found by the first parts of their paths, before any pattern is tried."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.convertors import PathConvertor
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

_Head = tuple[str, ...]


class Narrowed:
    """Has a router try, in their order, only those of its routes that may match a path.

    Trying all of several hundred costs more than most answers. It stands around the router as its
    middleware does; a router that redirects slashes would look at other paths as well.
    """

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._arranged: list[BaseRoute] = []
        self._shelves: dict[int | None, dict[_Head, APIRouter]] = {None: {(): router}}
        self._deepest = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get("root_path"):
            await self._router.app(scope, receive, send)
            return
        scope.setdefault("router", self._router)
        await self.narrow(scope["path"]).app(scope, receive, send)

    def narrow(self, path: str) -> APIRouter:
        """A router of the routes that may match."""
        if self._arranged != self._router.routes:
            self._arrange(self._router.routes)
        parts = path.removesuffix("\n").split("/")  # a pattern's end is also before a line's
        shelf = self._shelves.get(len(parts)) or self._shelves[None]
        length = min(len(parts), self._deepest)
        found = shelf.get(tuple(parts[:length]))
        while found is None:
            length -= 1
            found = shelf.get(tuple(parts[:length]))
        return found

    def _arrange(self, routes: Sequence[BaseRoute]) -> None:
        """For each number of parts, and each head in it: the routes whose own head starts it."""
        self._arranged = [*routes]
        placed = [(*_place(route), route) for route in routes]
        self._deepest = max((len(head) for _, head, _ in placed), default=0)
        for number in {None, *(each for each, _, _ in placed)}:
            near = [(head, route) for each, head, route in placed if each in (number, None)]
            self._shelves[number] = {
                head: _router([route for own, route in near if head[: len(own)] == own])
                for head in {(), *(own for own, _ in near)}
            }


def _place(route: BaseRoute) -> tuple[int | None, _Head]:
    """How many parts a path of the route has (None: any number), and which stand before others."""
    if not isinstance(route, Route | Mount):
        return None, ()
    parts = route.path.split("/")
    named = next((place for place, part in enumerate(parts) if "{" in part), len(parts))
    is_open = isinstance(route, Mount) or any(
        isinstance(each, PathConvertor) for each in route.param_convertors.values()
    )
    return None if is_open else len(parts), tuple(parts[:named])


def _router(routes: Sequence[BaseRoute]) -> APIRouter:
    made = APIRouter(redirect_slashes=False)
    made.routes.extend(routes)
    return made
