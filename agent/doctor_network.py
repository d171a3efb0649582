"""What `doctor` says of the way to the server: address, proxy, certificate, clock."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from agent import VERSION
from agent.checks import Check, good, only_on_windows, refused, warning
from agent.clock import wall_clock
from agent.config import is_loopback
from agent.errors import AgentError
from agent.registry import Hive, Root
from agent.transport import Route, Transport, network, read_as
from onec.version import Version, VersionError
from wire.extensions import Information
from wire.problems import Sentence

_INFORMATION = "/api/v1/information"
_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
_DRIFT = timedelta(minutes=5)
_PATIENCE = 20.0  # seconds; whoever waits for a doctor wants an answer


@dataclass(frozen=True, slots=True)
class Answered:
    """What the server said, and over which certificate."""

    information: Information
    issuer: str | None  # None: without TLS
    until: str | None


def of_network(route: Route | None, hive: Hive | None) -> Iterator[Check]:
    """The way to the server; without one only what stands on this computer."""
    yield _proxy(route)
    yield _script(route, hive)
    if route is None:
        yield warning(
            "server.address",
            Sentence("Адрес сервера лицензий неизвестен", "No licence server is known"),
            Sentence(
                "Укажите файл подключения вендора (--connection) или адрес (--server)",
                "Name the vendor's connection file (--connection) or the server (--server)",
            ),
        )
        return
    yield from _server(replace(route, timeout=min(route.timeout, _PATIENCE)))


def proxy_of(route: Route, found: Callable[[], dict[str, str]] = getproxies) -> str | None:
    """The proxy that the way to this server takes; the one of the system where none is named."""
    parts = urlsplit(route.server)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    if route.proxy:
        return route.proxy
    system = found()
    return None if proxy_bypass(host) else system.get(parts.scheme) or system.get("all")


def _proxy(route: Route | None) -> Check:
    proxy = proxy_of(route) if route else None
    if proxy is None:
        return good("network.proxy", Sentence("Прокси не используется", "No proxy is used"))
    shown = proxy.rsplit("@", 1)[-1]
    return good("network.proxy", Sentence("Прокси: {proxy}", "Proxy: {proxy}"), proxy=shown)


def _script(route: Route | None, hive: Hive | None) -> Check:
    """A script that chooses the proxy is not read."""
    if hive is None:
        what = Sentence("Сценарий прокси (PAC)", "Proxy script (PAC)")
        return only_on_windows("network.pac", what)
    script = hive.value(Root.USER, 64, _SETTINGS, "AutoConfigURL")
    if not script:
        return good(
            "network.pac", Sentence("Сценария прокси (PAC) нет", "There is no proxy script")
        )
    text = Sentence(
        "В Windows задан сценарий прокси (PAC) {script}: агент его не читает",
        "Windows has a proxy script (PAC) {script}, which the agent does not read",
    )
    if route and route.proxy:
        return good("network.pac", text, script=script)
    fix = Sentence(
        "Укажите прокси сами: --proxy http://имя:порт или proxy в agent.toml",
        "Name the proxy yourself: --proxy http://name:port, or proxy in agent.toml",
    )
    return warning("network.pac", text, fix, script=script)


def _server(route: Route) -> Iterator[Check]:
    try:
        with closing(Transport(route)) as transport:
            answered = _ask(transport)
    except AgentError as error:
        yield refused("server.reachable", error, server=route.server)
        return
    yield good(
        "server.reachable",
        Sentence(
            "Сервер {server} отвечает: {product} {version}", "{server} answers: {product} {version}"
        ),
        server=route.server,
        product=answered.information.name,
        version=answered.information.version,
    )
    yield _certificate(answered)
    yield _clock(answered.information.server_time)
    yield _age(answered.information.minimum_agent_version)


def _ask(transport: Transport) -> Answered:
    """What the server says of itself to anybody, without the key."""
    body = transport.call("GET", _INFORMATION, None)
    information = read_as(Information, body, transport.route)
    try:
        with transport.plain(_INFORMATION) as response:
            stream = response.extensions.get("network_stream")
            tls = stream.get_extra_info("ssl_object") if stream else None
            peer = tls.getpeercert() if tls else None
    except httpx2.TransportError as error:
        raise network(error, transport.route) from error
    issuer = _name(peer.get("issuer", ())) if peer else None
    return Answered(information, issuer, str(peer["notAfter"]) if peer else None)


def _name(issuer: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    parts = {key: value for group in issuer for key, value in group}
    named = [parts[key] for key in ("organizationName", "commonName") if key in parts]
    return ", ".join(named) or "?"


def _certificate(answered: Answered) -> Check:
    if answered.issuer is None:
        text = Sentence("Соединение без TLS (этот компьютер)", "No TLS (this computer)")
        return good("server.tls", text)
    text = Sentence(
        "Сертификат сервера выдан: {issuer}, до {until}",
        "Certificate of the server issued by: {issuer}, until {until}",
    )
    return good("server.tls", text, issuer=answered.issuer, until=answered.until)


def _clock(server_time: str) -> Check:
    try:
        apart = wall_clock() - datetime.fromisoformat(server_time)
    except (ValueError, TypeError):
        text = Sentence("Сервер не назвал время", "The server tells no time")
        return warning("server.clock", text)
    seconds = round(apart.total_seconds())
    text = Sentence(
        "Часы этого компьютера отличаются от сервера на {seconds} с",
        "The clock of this computer differs from the server's by {seconds} s",
    )
    if abs(apart) <= _DRIFT:
        return good("server.clock", text, seconds=seconds)
    fix = Sentence(
        "Настройте время Windows: w32tm /resync", "Set the time of Windows: w32tm /resync"
    )
    return warning("server.clock", text, fix, seconds=seconds)


def _age(minimum: str) -> Check:
    facts = {"version": VERSION, "minimum": minimum}
    try:
        is_old = Version.parse(VERSION) < Version.parse(minimum)
    except VersionError:
        is_old = False
    if not is_old:
        return good(
            "server.agent",
            Sentence("Версия агента годится серверу", "The server takes this agent"),
            **facts,
        )
    text = Sentence(
        "Сервер просит агент не старее {minimum}", "The server wants agent {minimum} or later"
    )
    fix = Sentence("Обновите агент", "Update the agent")
    return warning("server.agent", text, fix, **facts)
