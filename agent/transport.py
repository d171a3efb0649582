"""HTTP to one server: credentials in headers only, bounded patience, refusals as problems."""

import logging
import socket
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

from agent import VERSION
from agent.clock import Timing
from agent.codes import Code, Lang, exit_of_server_code
from agent.config import is_loopback
from agent.errors import AgentError, Failure, fill, filled, hint, sentences, usage
from wire import codec
from wire.problems import ActionHint, ProblemDocument, Sentence

logger = logging.getLogger(__name__)

_ANSWER_LIMIT = 8 * 1024 * 1024
_CONNECT_SECONDS = 15.0
LOST_PAUSES = (0.5, 1.0)  # before each repetition of a request whose connection broke
_ERROR, _SERVER_ERROR = 400, 500
_WORTH_WAITING = frozenset({429, 503})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NUMBER = Sentence("Номер запроса: {id}", "Request number: {id}")
_NOT_OURS = Sentence(
    "по адресу {server} отвечает не сервер «Подключ» ({what})",
    "what answers at {server} is no Podkluch server ({what})",
)
_SLOW = Sentence("сервер не ответил за {n} с", "the server did not answer in {n} s")


class ServerRefused(AgentError):  # noqa: N818 - states a fact, is no fault of the program
    """The server understood and said no; its texts are in the language asked for."""

    def __init__(self, problem: ProblemDocument, retry_after: float | None = None) -> None:
        super().__init__(problem.code)
        self.code = problem.code
        self.status = problem.status
        self.title, self.detail = problem.title, problem.detail
        self.params = problem.params
        self.action = problem.action
        self.request_id = problem.request_id
        self.retry_after = retry_after  # seconds
        self.exit = exit_of_server_code(problem.code, problem.status)

    def diagnostics(self, lang: Lang) -> str:
        number = ""
        if self.status >= _SERVER_ERROR or self.action == ActionHint.CONTACT_VENDOR:
            number = fill(_NUMBER, lang, id=self.request_id)
        return sentences(self.title, self.detail, hint(self.action, lang), number)


@dataclass(frozen=True, slots=True)
class Route:
    """How to reach the server."""

    server: str  # as agent.config.server_address writes it
    lang: Lang = "ru"
    timeout: float = 60.0  # seconds for one answer, repetitions included
    proxy: str | None = None
    ca_file: str | None = None
    timing: Timing = field(default_factory=Timing)


class Transport:
    """Requests to one server."""

    def __init__(self, route: Route) -> None:
        here = _is_here(route.server)
        self.route = route
        self.timing = route.timing
        self._socket: socket.socket | None = None  # of the newest connection
        self._http = httpx2.Client(
            headers={
                "Accept-Encoding": "identity",
                "Accept-Language": route.lang,
                "User-Agent": f"podkluch-agent/{VERSION}",
            },
            timeout=httpx2.Timeout(route.timeout, connect=min(route.timeout, _CONNECT_SECONDS)),
            proxy=None if here else route.proxy,
            # a proxy of the environment must not take what goes to this computer
            trust_env=not here,
            verify=_certificates(route.ca_file),
        )

    def close(self) -> None:
        """Drop the connections."""
        self._http.close()

    def call(self, method: str, path: str, credential: str | None, body: bytes = b"") -> bytes:
        """The body of a good answer; refusals and a broken network are raised.

        Every request of the agent is harmless when repeated, so a broken connection is.
        """
        deadline = self.timing.now() + self.route.timeout
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        if body:
            headers["Content-Type"] = "application/json"
        pauses = iter(LOST_PAUSES)
        while True:
            try:
                return self._once(method, path, headers, body)
            except ServerRefused as refused:
                if refused.status not in _WORTH_WAITING or not self.wait(refused, deadline):
                    raise
            except httpx2.TransportError as error:
                pause = next(pauses, None)
                if pause is None or self.timing.now() + pause > deadline:
                    raise network(error, self.route) from error
                self.timing.sleep(pause)

    def wait(self, refused: ServerRefused, deadline: float) -> bool:
        """Wait as long as the server asks; False if it does not ask or that passes `deadline`."""
        pause = refused.retry_after
        if pause is None or self.timing.now() + pause > deadline:
            return False
        logger.info("%s, waiting %.0f s", refused.code, pause)
        self.timing.sleep(pause)
        return True

    @contextmanager
    def open(self, path: str, headers: dict[str, str], secret: str) -> Iterator[httpx2.Response]:
        """A good answer whose body is still to be read; raises httpx2.TransportError on a cut.

        One redirect is followed, to https only and without the secret.
        """
        secrets = {**headers, "Authorization": f"Bearer {secret}"}
        with self._stream("GET", self._address(path), secrets) as response:
            if response.status_code not in _REDIRECTS:
                _raise_refusal(response, self.route)
                yield response
                return
            target = self._target(response)
        with self._stream("GET", target, headers) as response:
            _raise_refusal(response, self.route)
            yield response

    def _target(self, response: httpx2.Response) -> str:
        """Where a redirect leads; not into the open, nor into this computer from outside."""
        try:
            target = urljoin(str(response.url), response.headers.get("Location", ""))
            inside = _is_here(self.route.server) and _is_here(target)
            if urlsplit(target).scheme == "https" or inside:
                return target
        except ValueError:  # no address at all
            pass
        raise _not_ours(self.route, "Location")

    @contextmanager
    def plain(self, path: str) -> Iterator[httpx2.Response]:
        """Whatever a GET without credentials answers, refusals too; no redirect is followed."""
        with self._stream("GET", self._address(path), {}) as response:
            yield response

    def _once(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        with self._stream(method, self._address(path), headers, body) as response:
            _raise_refusal(response, self.route)
            return _body(response, self.route)

    @contextmanager
    def _stream(
        self, method: str, url: str, headers: dict[str, str], body: bytes = b""
    ) -> Iterator[httpx2.Response]:
        number = uuid.uuid4().hex
        try:
            request = self._http.build_request(
                method,
                url,
                headers={**headers, "X-Request-Id": number},
                content=body or None,
                extensions={"trace": self._notice},
            )
        except httpx2.InvalidURL as error:
            raise _not_ours(self.route, str(error)) from error
        with ExitStack() as stack:
            with self._in_time():
                response = stack.enter_context(closing(self._http.send(request, stream=True)))
            logger.info("%s %s %d %s", method, urlsplit(url).path, response.status_code, number)
            yield response

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Until an answer begins; its head may drip, or interim answers never end."""
        late = threading.Event()
        timer = threading.Timer(self.route.timeout, self._cut, [late])
        timer.daemon = True
        timer.start()
        try:
            yield
        except httpx2.TransportError as error:
            if late.is_set():
                raise httpx2.ReadTimeout("the answer does not begin") from error
            raise
        finally:
            timer.cancel()

    def _notice(self, _event: str, facts: dict[str, Any]) -> None:
        """The HTTP client tells of each connection that it makes, and what TLS made of it."""
        told = getattr(facts.get("return_value"), "get_extra_info", None)
        if told is not None:
            self._socket = told("socket")

    def _cut(self, late: threading.Event) -> None:
        late.set()
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                self._socket.shutdown(socket.SHUT_RDWR)

    def _address(self, path: str) -> str:
        if not path.startswith("/") or path.startswith("//"):
            raise _not_ours(self.route, "url")
        return self.route.server + path


def read_as(answer: type[codec.M], body: bytes, route: Route) -> codec.M:
    """The message in a body; anything else did not come from our server."""
    try:
        return codec.loads(answer, body)
    except codec.WireError as error:
        raise _not_ours(route, str(error)) from error


def network(error: Exception, route: Route) -> Failure:
    """What a broken connection says to people."""
    logger.warning("network: %s: %s", type(error).__name__, error)
    if isinstance(error, httpx2.TimeoutException):
        return Failure(Code.NETWORK, why=filled(_SLOW, n=f"{route.timeout:g}"))
    return Failure(Code.NETWORK, why=f"{route.server}: {str(error) or type(error).__name__}")


def _raise_refusal(response: httpx2.Response, route: Route) -> None:
    if response.status_code < _ERROR:
        return
    body = _body(response, route)
    try:
        problem = codec.loads(ProblemDocument, body)
    except codec.WireError as error:
        raise _not_ours(route, f"HTTP {response.status_code}") from error
    seconds = response.headers.get("Retry-After", "")
    # a pause of nothing would be a storm of requests
    raise ServerRefused(problem, max(1.0, float(seconds)) if seconds.isdecimal() else None)


def _body(response: httpx2.Response, route: Route) -> bytes:
    read = bytearray()
    deadline = route.timing.now() + route.timeout
    for chunk in response.iter_raw():
        if read and route.timing.now() > deadline:  # each piece came in time, without an end
            raise Failure(Code.NETWORK, why=filled(_SLOW, n=f"{route.timeout:g}"))
        read += chunk
        if len(read) > _ANSWER_LIMIT:
            raise _not_ours(route, f"> {_ANSWER_LIMIT}")
    return bytes(read)


def _not_ours(route: Route, what: str) -> Failure:
    return Failure(Code.NETWORK, why=filled(_NOT_OURS, server=route.server, what=what))


def _is_here(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


@cache
def _certificates(ca_file: str | None) -> ssl.SSLContext:
    if ca_file is None:
        return httpx2.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise usage(
            f"Файл сертификатов {ca_file} не читается: {error}",
            f"Cannot read the certificates of {ca_file}: {error}",
        ) from error
