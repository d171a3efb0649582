"""What stands around every request: id, timing, headers, the client's address, strict JSON."""

import json
import math
import re
import time
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Token
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.config import Settings
from app.kit.i18n import Language, negotiate
from app.kit.idempotency import remembering
from app.kit.lanes import acting
from app.kit.problems import BodyTooLarge, JsonInvalid, Problem, UnsupportedMedia, UrlTooLong
from app.kit.telemetry import (
    Metrics,
    accept_request_id,
    log,
    log_request,
    redact,
    request_id,
)
from app.kit.throttle import network

BODY_MAX = 1 << 20
URL_MAX = 8 * 1024
STRICT = (b"strict-transport-security", b"max-age=63072000")  # two years; subdomains are others'
MAX_DEPTH = 64
_NOTHING = re.compile(r"(?!)")
_LENGTH_DIGITS = 19  # more would be a number that no file has
_KEPT = 4_096  # addresses and languages that come again and again
_LONG = 200  # what is longer is nobody's usual language, and not kept
_ANY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_SECURITY_HEADERS = {
    **_ANY_HEADERS,
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}
_CABINET = "/cabinet"
_CABINET_HEADERS = {
    **_ANY_HEADERS,
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
"""What people's pages need beyond that: our own scripts and styles, and nobody keeps a copy."""


_EVERY_ANSWER = {
    "Cache-Control": "private, no-store",
    "Vary": "Accept-Language",
}


def _raw(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.lower().encode(), value.encode()) for name, value in headers.items())


_FOR_PROGRAMS = _raw(_EVERY_ANSWER | _SECURITY_HEADERS)
_FOR_PEOPLE = _raw(_EVERY_ANSWER | _CABINET_HEADERS)
_LANGUAGES = {"ru": (b"content-language", b"ru"), "en": (b"content-language", b"en")}


class Envelope:
    """The single middleware, pure ASGI: BaseHTTPMiddleware would cost as much as the route."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        on_error: Callable[[Request, Exception], Response],
        uploads: re.Pattern[str] = _NOTHING,
    ) -> None:
        """`uploads` tells by "METHOD /path" which bodies may be as large as an artifact.

        The settings and the metrics are in the application's state.
        """
        self.app, self.on_error, self.uploads = app, on_error, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        token = _meet(scope, headers)
        started, status, route = time.perf_counter(), 0, ""

        async def dressed(message: Message) -> None:
            nonlocal status, route
            if message["type"] == "http.response.start":
                status, route = message["status"], _route(scope)
                _dress(message, scope, language_of(headers))
                metrics: Metrics = scope["app"].state.metrics
                metrics.answered(route, status, time.perf_counter() - started)
            await send(message)

        try:
            limit = self._limit(scope)
            _require_short(scope)
            _require_small(headers, limit)
            await self.app(scope, _bounded(scope, receive, limit), dressed)
        except ClientDisconnect:
            pass  # nobody is there to be answered
        except Exception as error:
            if not isinstance(error, Problem):
                log.exception("unexpected")
            if status:  # the head is out: cutting the connection is all the truth that is left
                raise
            await self.on_error(Request(scope), error)(scope, receive, dressed)
        finally:
            ms = round((time.perf_counter() - started) * 1000, 1)
            log_request(scope["method"], route or _route(scope), status, ms)
            request_id.reset(token)

    def _limit(self, scope: Scope) -> int:
        settings: Settings = scope["app"].state.kit.settings
        is_upload = self.uploads.fullmatch(f"{scope['method']} {scope['path']}")
        return settings.upload_max_bytes if is_upload else BODY_MAX


def _meet(scope: Scope, headers: Headers) -> Token[str]:
    """Notes for the handlers under which id, and from where, this request comes."""
    current = accept_request_id(headers.get("x-request-id"))
    client = client_address(scope, headers, scope["app"].state.kit.settings)
    noted = {"request_id": current, "client": client, "address": network_of(client, 48)}
    scope.setdefault("state", {}).update(noted)
    network.set(network_of(client, 64) or "")
    return request_id.set(current)


def _of_people(path: str) -> bool:
    """Whether the address is one of the cabinet's."""
    return path == _CABINET or path.startswith(f"{_CABINET}/")


def _dress(message: Message, scope: Scope, language: Language) -> None:
    """The headers that every answer has, unless the route said otherwise."""
    said = [*message["headers"]]
    names = {name.lower() for name, _ in said}
    ours = (*(_FOR_PEOPLE if _of_people(scope["path"]) else _FOR_PROGRAMS), _LANGUAGES[language])
    said.extend(header for header in ours if header[0] not in names)
    if scope["app"].state.kit.settings.public_url.scheme == "https":
        said.append(STRICT)
    message["headers"] = [*said, (b"x-request-id", scope["state"]["request_id"].encode())]


def _require_short(scope: Scope) -> None:
    """Refuses an address that no link or program of ours makes."""
    path = scope.get("raw_path") or scope["path"].encode(errors="replace")
    if len(path) + 1 + len(scope["query_string"]) > URL_MAX:
        raise UrlTooLong(max=URL_MAX)


def _require_small(headers: Headers, limit: int) -> None:
    """Refuses what tells its own size, before the server asks for it with 100 Continue."""
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > _LENGTH_DIGITS or int(length) > limit:
        raise BodyTooLarge(max=limit)


def _bounded(scope: Scope, receive: Receive, limit: int) -> Receive:
    """The body up to its limit; nobody keeps that of a GET, which a file on its way only drops."""
    if scope["method"] in {"GET", "HEAD"}:
        return receive
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise BodyTooLarge(max=limit)
        return message

    return bounded


def _route(scope: Scope) -> str:
    """The path's template, never the path itself: paths are input."""
    template = str(getattr(scope.get("route"), "path", ""))
    if not template:
        return "unmatched"
    # An included router's routes know their own part only; what stands before it is constant.
    before = scope["path"].split("/")[: -template.count("/") or None]
    return "/".join(before) + template


def client_address(
    scope: Scope, headers: Headers, settings: Settings
) -> IPv4Address | IPv6Address | None:
    """Where the request comes from; X-Forwarded-For counts only from a trusted proxy."""
    peer = scope.get("client")
    address = _parse(peer[0]) if peer else None
    if "x-forwarded-for" not in headers:
        return address
    # One hop that says nothing ends the way: what stands left of it may be the client's own words.
    for hop in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
        before = _parse(hop.strip())
        if address is None or before is None or not _is_trusted(address, settings):
            break
        address = before
    return address


@lru_cache(_KEPT)
def network_of(address: IPv4Address | IPv6Address | None, v6_prefix: int) -> str | None:
    """What may be kept of an address: its /24, or of IPv6 as many bits as named."""
    if address is None:
        return None
    prefix = 24 if address.version == 4 else v6_prefix  # noqa: PLR2004 - IP versions
    return str(ip_network((address, prefix), strict=False))


def language_of(headers: Headers) -> Language:
    """The language that a client asks for."""
    asked = headers.get("accept-language")
    return negotiate(asked) if asked and len(asked) > _LONG else _negotiated(asked)


_negotiated = lru_cache(_KEPT)(negotiate)


def user_agent(request: Request) -> str | None:
    """What the client calls itself, as events may keep it."""
    agent = request.headers.get("user-agent", "")[:200]
    agent = "".join(symbol for symbol in agent if symbol.isprintable())
    return str(redact(agent)) or None


def _is_trusted(address: IPv4Address | IPv6Address, settings: Settings) -> bool:
    return any(address in network for network in settings.trusted_proxies)


@lru_cache(_KEPT)
def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket that listens to both versions shows IPv4 clients as ::ffff:192.0.2.1.
    return getattr(address, "ipv4_mapped", None) or address


def strict_json(body: bytes) -> object:
    """JSON as RFC 8259 has it: UTF-8, no NaN, no endless nesting, no numbers of 5,000 digits."""
    try:
        value: object = json.loads(body.decode(), parse_constant=_refuse)
        _check(value, MAX_DEPTH)
    except (ValueError, RecursionError):
        raise JsonInvalid from None
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _check(value: object, depth: int) -> None:
    if depth == 0 and isinstance(value, dict | list):
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        for key, item in value.items():
            key.encode()
            _check(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, str):
        value.encode()  # fails on "\ud800" alone, legal in JSON's grammar and no Unicode
    elif isinstance(value, float) and math.isinf(value):
        raise ValueError("1e400")


class StrictRequest(Request):
    """A request whose JSON body went through `strict_json`."""

    async def json(self) -> object:
        if not hasattr(self, "_strict"):
            self._strict = strict_json(await self.body())
        return self._strict


class StrictRoute(APIRoute):
    """A route that refuses another content type and broken JSON before FastAPI reads the body."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(path, acting(endpoint), **kwargs)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle, takes_body = remembering(super().get_route_handler()), self.body_field is not None

        async def strict(request: Request) -> Response:
            request = StrictRequest(request.scope, request.receive)
            if takes_body:
                media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
                if media != "application/json":
                    raise UnsupportedMedia
                await request.json()
            return await handle(request)

        return strict
