"""What operators see: structured logs without secrets, request ids, Prometheus metrics."""

import contextvars
import json
import logging
import re
import secrets
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.kit.clock import utc_now
from wire.codes import hide_codes

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
"""The id of the request that this code serves; empty outside of requests."""

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SECRETS = re.compile(
    r"\bpk[a-z]_[\w-]{20,}"  # installation tokens, download secrets, API tokens
    r"|\b[A-Z]{4}(?:UPD)?(?:-[0-9A-Z]{5}){4}\b"  # licence keys and coupons, sound or not
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)",  # user:password of a database URL
    re.IGNORECASE,
)
_HIDDEN = "[secret]"


def accept_request_id(given: str | None) -> str:
    """The caller's id when it is harmless and looks like no secret, else one of ours."""
    harmless = given and _ACCEPTED_ID.fullmatch(given) and not _SECRETS.search(given)
    return given if given and harmless else secrets.token_hex(8)


def redact(value: object) -> object:
    """The same value with everything that looks like a secret cut out; what is no JSON, as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(redact(key)): redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return hide_codes(_SECRETS.sub(_HIDDEN, str(value)), _HIDDEN)


def _redacting(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        event[key] = redact(value)
    return event


def _with_request_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if current := request_id.get():
        event.setdefault("request_id", current)
    return event


_SHARED: list[structlog.typing.Processor] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _with_request_id,
]
_FINAL: list[structlog.typing.Processor] = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.format_exc_info,
    _redacting,
    structlog.processors.JSONRenderer(ensure_ascii=False),
]
# At import, not at the start of the server: the library's own default prints a traceback with
# the local variables of every frame, keys and tokens among them.
structlog.configure(
    processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=False,
)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Of lines that are not written yet."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record, _Line):
            return str(record.msg)
        return super().format(record)


class _Line(logging.LogRecord):
    """One that is JSON already; of which thread and which place in the code nobody asks."""

    def __init__(self, line: str, at: datetime) -> None:
        self.__dict__.update(_ANY_LINE, msg=line, created=at.timestamp())


_ANY_LINE = vars(logging.LogRecord("podkluch", logging.INFO, "", 0, "", None, None))


def configure_logging(*, level: int = logging.INFO) -> None:
    """JSON lines on stderr for our own events and for those of the libraries."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(foreign_pre_chain=_SHARED, processors=_FINAL))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("podkluch")


_requests = logging.getLogger("podkluch")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_json = json.JSONEncoder(ensure_ascii=False).encode


def log_request(method: str, route: str, status: int, ms: float) -> None:
    """The line of every request: of all that it says nothing is the caller's own text."""
    if not _requests.isEnabledFor(logging.INFO):
        return
    known = method if method in _METHODS else redact(method)
    now = utc_now()
    at = now.isoformat().replace("+00:00", "Z")
    line = (
        f'{{"method": {_json(known)}, "route": {_json(route)}, "status": {status}, "ms": {ms}, '
        f'"event": "request", "level": "info", "timestamp": "{at}", '
        f'"request_id": "{request_id.get()}"}}'
    )
    _requests.handle(_Line(line, now))


class Metrics:
    """Counters of one application; a registry of its own, so that two can live in one process."""

    shared: ClassVar[str | None] = None

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "podkluch_requests", "Answered requests", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "podkluch_request_seconds",
            "Time from the request's head to the answer's head",
            ["route"],
            registry=self.registry,
        )
        self.refusals = Counter(
            "podkluch_problems", "Problems by code", ["code"], registry=self.registry
        )
        self._known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        # Shared ones open their files at the first use, and the folder may be swept away by then.
        self._counters("/metrics", 200)

    def exposed(self) -> bytes:
        """All counts as Prometheus reads them; with those of the processes that share a folder.

        Where somebody has cleaned that folder away, this process tells its own.
        """
        if self.shared:
            whole = CollectorRegistry()
            with suppress(ValueError, OSError):
                MultiProcessCollector(whole, self.shared)  # type: ignore[no-untyped-call]
                return generate_latest(whole)
        return generate_latest(self.registry)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Counts an answer, and how long its head took."""
        requests, duration = self._known.get((route, status)) or self._counters(route, status)
        requests.inc()
        duration.observe(seconds)

    def _counters(self, route: str, status: int) -> tuple[Counter, Histogram]:
        made = self.requests.labels(route, str(status)), self.seconds.labels(route)
        self._known[route, status] = made
        return made
