"""Speaks to the application as a server does, below every client library."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.apart import run_apart

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """What the application sent, message by message."""

    messages: list[dict[str, Any]]

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        pairs = self.messages[0]["headers"]
        return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])

    def json(self) -> Any:
        return json.loads(self.body)


def scope_of(method: str, path: str, headers: Headers = (), **changes: Any) -> dict[str, Any]:
    """An ASGI scope of a request from another machine."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("203.0.113.77", 50000),
        "server": ("127.0.0.1", 8000),
    } | changes


def exchange(
    app: Any,
    scope: dict[str, Any],
    body: Iterable[bytes] = (b"",),
    *,
    told: Callable[[str], None] = lambda _: None,
) -> Answer:
    """Sends one request, its body in these pieces; `told` hears of each message as it comes."""
    sent: list[dict[str, Any]] = []

    def keep(message: dict[str, Any]) -> None:
        told(message["type"])
        sent.append(message)

    run_apart(converse(app, scope, list(body), keep))
    return Answer(sent)


async def converse(app: Any, scope: dict[str, Any], body: list[bytes], keep: Any) -> None:
    pieces = iter(body)
    left = len(body)

    async def receive() -> dict[str, Any]:
        nonlocal left
        piece = next(pieces, None)
        if piece is None:
            await asyncio.Event().wait()  # the client stays and says nothing more
        left -= 1
        return {"type": "http.request", "body": piece, "more_body": left > 0}

    async def send(message: dict[str, Any]) -> None:
        keep(message)

    await app(scope, receive, send)
