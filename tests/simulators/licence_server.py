"""A licence server in this process: small, truthful about the protocol, and failing on demand.

It is written from the protocol's JSON, not from our message classes, so that both are checked.
"""

import hashlib
import json
import socket
import struct
import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.factories.cfe import good_cfe

KEY = "DEMO-ABEKM-HCTPX-01234-567C7"
COUPON = "DEMOUPD-R8D5J-1YGF0-S7EPA-3KQST"
EULA_TEXT = "Лицензионное соглашение. Расширение даётся как есть."
BOOKKEEPING = "БухгалтерияПредприятия"
NOW = "2026-11-22T09:00:00.000Z"
Answer = Callable[["Exchange"], None]


@dataclass
class Release:
    """A release as the server knows it; the verdict is what it answers to a fitting name."""

    version: str = "2.4.0"
    data: bytes = b""
    file_version: str | None = None
    verdict: str = "compatible"
    code: str = "COMPATIBLE"
    reason: str = "Подходит"
    params: dict = field(default_factory=dict)
    available: bool = True
    extension: str = "warehouse-helper"
    onec_name: str = "СкладскойПомощник"
    install: dict = field(default_factory=dict)
    needs_eula: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self):
        self.data = self.data or good_cfe(version=self.version)
        self.file_version = self.version if self.file_version is None else self.file_version
        self.sha256 = hashlib.sha256(self.data).hexdigest()

    @property
    def order(self):
        return [int(part) for part in self.version.split(".")]


@dataclass
class Exchange:
    """One request and the means to answer it."""

    server: "LicenceServer"
    handler: BaseHTTPRequestHandler
    route: str
    tail: str
    body: bytes

    @property
    def headers(self):
        return self.handler.headers

    @property
    def json(self):
        return json.loads(self.body)

    def send(self, status, body=b"", **headers):
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.handler.send_header("Content-Length", str(len(body)))
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def answer(self, status, document):
        document = {**document, "server_time": NOW, "trust": None, "of_a_later_version": [1]}
        self.send(status, json.dumps(document).encode(), Content_Type="application/json")


# What may go wrong, to be put before the real answer


def problem(status, code, retry_after=None, **params) -> Answer:
    def answer(exchange):
        document = {
            "type": f"https://lic.example.ru/problems/{code.lower()}", "title": f"Отказ {code}",
            "status": status, "detail": "", "instance": exchange.handler.path, "code": code,
            "action": "contact_vendor", "params": params, "request_id": "7f2c91e04b5d",
        }  # fmt: skip
        headers = {} if retry_after is None else {"Retry_After": str(retry_after)}
        exchange.send(
            status, json.dumps(document).encode(),
            Content_Type="application/problem+json", **headers,
        )  # fmt: skip

    return answer


def raw(status, body, **headers) -> Answer:
    return lambda exchange: exchange.send(status, body, **headers)


def hang_up(exchange):
    """Close the connection without a word."""
    linger = struct.pack("ii", 1, 0)
    exchange.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    exchange.handler.close_connection = True


def cut_after(count) -> Answer:
    """Send that many bytes of the body, then break the connection."""
    return lambda exchange: send_artifact(exchange, cut=count)


def without_range(exchange):
    """Answer a range with the whole file, as some servers do."""
    send_artifact(exchange, ranges=False)


def with_status_200(exchange):
    """Answer a range rightly but with 200, as some object stores do."""
    send_artifact(exchange, partial=200)


class LicenceServer:
    """Start it with `with`; `before` queues an answer for one request of a route."""

    def __init__(self, *releases: Release):
        self.releases = list(releases) or [Release()]
        self.known_configurations = {BOOKKEEPING}
        self.products = ["warehouse-helper"]
        self.check_code = "ACTIVE"
        self.accepted, self.downloads, self.redeemed = set(), {}, {}
        self.reports, self.completed = [], []
        self.requests = []
        self.queued = defaultdict(deque)
        self._lock = threading.Lock()

    def before(self, route, *answers: Answer):
        self.queued[route].extend(answers)

    def count(self, route):
        return sum(1 for seen, _, _ in self.requests if seen == route)

    def bodies(self, route):
        return [json.loads(body) for seen, body, _ in self.requests if seen == route]

    def __enter__(self):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            owner = self

            def do_GET(self):
                self.owner._serve(self, "GET")

            def do_POST(self):
                self.owner._serve(self, "POST")

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _serve(self, handler, method):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        noun, _, tail = handler.path.removeprefix("/api/v1/").partition("/")
        if noun == "redemptions" and tail == "preview":
            noun, tail = "redemptions/preview", ""
        route = f"{method} {noun}"
        with self._lock:
            self.requests.append((route, body, dict(handler.headers)))
            queued = self.queued[route]
            answer = queued.popleft() if queued else ROUTES.get(route, problem(404, "NOT_FOUND"))
        answer(Exchange(self, handler, route, tail, body))

    def offer(self, release, query):
        installed = {one["onec_name"]: one for one in query["installed"]}.get(release.onec_name)
        eula = {"id": "eula-1", "sha256": sha(EULA_TEXT), "accepted": bool(self.accepted)}
        return {
            "extension": {"code": release.extension, "onec_name": release.onec_name,
                          "title": "Складской помощник"},
            "product": self.products[0],
            "release": {"id": release.id, "version": release.version,
                        "file_version": release.file_version, "channel": "stable",
                        "published_at": NOW, "critical": False, "notes": "Печать ценников"},
            "action": self.action(release, installed),
            "best": False, "verdict": release.verdict, "code": release.code,
            "reason": release.reason, "params": release.params, "available": release.available,
            "matched_rule": 1,
            "artifact": {"sha256": release.sha256, "size": len(release.data), "target": "x.cfe"},
            "install": {"purpose": "customization", "safe_mode_off_required": False,
                        "unsafe_action_protection_off": False, "exclusive_required": False,
                        "restart_required": False, "backup_required": False,
                        "conflicts_with": [], "requires": [], "migration_notes": None,
                        "post_install_steps": [], **release.install},
            "eula": eula if release.needs_eula else None,
            "activation": {"needed": True, "id": None, "seats_free": 1},
            "trial_available": False, "trial_product": None,
        }  # fmt: skip

    def action(self, release, installed):
        if installed is None:
            return "install"
        for other in self.releases:
            is_known = installed["artifact_sha256"] in {None, other.sha256}
            if is_known and installed["version"] == other.file_version:
                if other.order == release.order:
                    return "current"
                return "upgrade" if release.order > other.order else "downgrade"
        return "replace_unknown"


# The truthful answers


def key_of(exchange):
    return exchange.headers.get("Authorization", "").removeprefix("Bearer ")


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def information(exchange):
    exchange.answer(200, {
        "name": "Podkluch", "version": "1.0.0", "api_versions": ["v1"],
        "minimum_agent_version": "0.1.0",
        "limits": {"body_bytes": 1048576, "upload_bytes": 67108864, "reports": 100,
                   "downloads": 100, "inventories": 50},
    })  # fmt: skip


def license_checks(exchange):
    known = key_of(exchange) == KEY
    code = exchange.server.check_code if known else "KEY_NOT_FOUND"
    exchange.answer(200, {
        "valid": code == "ACTIVE", "code": code, "text": f"Ответ {code}",
        "key": {"hint": "DEMO-…-567C7", "customer": "ООО «Василёк»"} if known else None,
        "entitlements": [], "features": [], "trials_available": [],
    })  # fmt: skip


def offers(exchange):
    server, query = exchange.server, exchange.json
    fits = query["configuration"]["name"] in server.known_configurations
    rows = [
        server.offer(release, query)
        for release in sorted(server.releases, key=lambda one: one.order, reverse=True)
        if query["extension"] in {None, release.extension}
    ]
    wanted = {"compatible", "untested"} if query["show_untested"] else {"compatible"}
    usable = [row for row in rows if fits and row["available"] and row["verdict"] in wanted]
    if usable:
        usable[0]["best"] = True
    nearest = [] if usable or not rows else [{
        "extension": rows[0]["extension"], "release": {"version": rows[0]["release"]["version"]},
        "code": rows[0]["code"] if fits else "CONFIGURATION_UNSUPPORTED",
        "reason": rows[0]["reason"] if fits else "Конфигурация не поддерживается",
        "params": {}, "action_hint": "contact_vendor",
    }]  # fmt: skip
    shown = rows if query["show_all"] and fits else usable
    exchange.answer(200, {
        "configuration": {"name": query["configuration"]["name"], "family": "", "edition": "prof",
                          "version": query["configuration"]["version"], "version_known": True},
        "data": shown, "nearest": nearest,
    })  # fmt: skip


def activations(exchange):
    exchange.answer(201, {
        "activation": {"id": "a-1", "product": exchange.json["product"], "label": "",
                       "activated_at": NOW},
        "installation_token": "pki_" + "T" * 43, "seats": {"max": 3, "used": 1},
    })  # fmt: skip


def eulas(exchange):
    exchange.answer(200, {"eula": {
        "id": "eula-1", "product": "warehouse-helper", "number": 2, "effective_from": "2026-11-01",
        "locale": "ru", "text": EULA_TEXT, "sha256": sha(EULA_TEXT),
    }})  # fmt: skip


def eula_acceptances(exchange):
    message = exchange.json
    if message["sha256"] != sha(EULA_TEXT):
        problem(409, "DIGEST_MISMATCH")(exchange)
        return
    exchange.server.accepted.add(message["infobase"]["id"])
    exchange.answer(201, {"eula_acceptance": {
        "id": "e-1", "eula_id": "eula-1", "locale": "ru", "sha256": message["sha256"],
        "accepted_at": NOW,
    }})  # fmt: skip


def downloads(exchange):
    server, message = exchange.server, exchange.json
    release = next(one for one in server.releases if one.id == message["release_id"])
    if not key_of(exchange).startswith("pki_"):
        problem(401, "TOKEN_INVALID")(exchange)
        return
    if release.needs_eula and message["infobase"]["id"] not in server.accepted:
        problem(403, "EULA_REQUIRED")(exchange)
        return
    secret = f"pkd_{len(server.downloads):043d}"
    server.downloads[secret] = release
    exchange.answer(201, {
        "download_id": str(uuid.uuid4()), "secret": secret,
        "url": f"/api/v1/artifacts/{release.sha256}", "expires_at": "2026-11-23T09:10:00.000Z",
        "artifact": {"sha256": release.sha256, "size": len(release.data),
                     "filename": f"{release.onec_name}_{release.version}.cfe", "target": "x.cfe"},
    })  # fmt: skip


def send_artifact(exchange, *, cut=None, ranges=True, partial=206):
    release = exchange.server.downloads.get(key_of(exchange))
    if release is None or release.sha256 != exchange.tail:
        problem(404, "DOWNLOAD_NOT_FOUND")(exchange)
        return
    etag, size, first = f'"{release.sha256}"', len(release.data), 0
    asked = exchange.headers.get("Range")
    headers = {"ETag": etag, "Accept_Ranges": "bytes"}
    if asked and ranges and exchange.headers.get("If-Range") == etag:
        first = int(asked.removeprefix("bytes=").removesuffix("-"))
        if first >= size:
            problem(416, "RANGE_INVALID")(exchange)
            return
        headers["Content_Range"] = f"bytes {first}-{size - 1}/{size}"
    body = release.data[first:]
    headers["Content_Length"] = str(len(body))
    exchange.send(partial if first else 200, body if cut is None else body[:cut], **headers)
    if cut is not None:
        exchange.handler.close_connection = True


def preview(exchange):
    possible = exchange.json["coupon"] == COUPON
    after = {"valid_until": "2027-11-22", "updates_until": None, "seats": 3,
             "channel": "stable", "features": []}  # fmt: skip
    exchange.answer(200, {
        "possible": possible, "code": "OK" if possible else "COUPON_NOT_FOUND",
        "description": "Купон добавит продукт" if possible else "Купон не найден",
        "effects": [{"operation": "add_product", "product": "warehouse-helper",
                     "effect": "applied", "before": None, "after": after}] if possible else [],
        "ends_trials": [], "before_digest": "b1946ac9" if possible else None,
    })  # fmt: skip


def redemptions(exchange):
    message, server = exchange.json, exchange.server
    replayed = message["coupon"] in server.redeemed
    server.redeemed[message["coupon"]] = message["before_digest"]
    exchange.answer(200 if replayed else 201, {"redemption": {
        "id": "r-1", "at": NOW, "replayed": replayed, "effects": [],
    }})  # fmt: skip


def install_reports(exchange):
    server, batch = exchange.server, exchange.json
    results = []
    for report in batch["reports"]:
        status = "duplicate" if report in server.reports else "stored"
        server.reports.append(report)
        results.append({"operation_id": report["operation_id"], "download_id": None,
                        "status": status, "code": None})  # fmt: skip
    for one in batch["downloads"]:
        server.completed.append(one)
        results.append({"operation_id": None, "download_id": one["download_id"],
                        "status": "stored", "code": None})  # fmt: skip
    exchange.answer(200, {"results": results})


ROUTES = {
    "GET information": information,
    "POST license-checks": license_checks,
    "POST offers": offers,
    "POST activations": activations,
    "GET eulas": eulas,
    "POST eula-acceptances": eula_acceptances,
    "POST downloads": downloads,
    "GET artifacts": send_artifact,
    "POST redemptions/preview": preview,
    "POST redemptions": redemptions,
    "POST install-reports": install_reports,
}
