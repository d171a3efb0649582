"""One request to the licence server for tests, the words to answer it, and what can go wrong."""

import hashlib
import json
import socket
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.factories.cfe import good_cfe
from wire.trust import target_path

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
    signed: dict = field(default_factory=dict)  # what the vendor signed otherwise than offered
    needs_eula: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self):
        self.data = self.data or good_cfe(version=self.version)
        self.file_version = self.version if self.file_version is None else self.file_version
        self.sha256 = hashlib.sha256(self.data).hexdigest()

    @property
    def target(self):
        return target_path(self.extension, self.version)

    @property
    def order(self):
        return [int(part) for part in self.version.split(".")]


@dataclass
class Exchange:
    """One request and the means to answer it."""

    server: Any
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
        document = {
            **document, "server_time": self.server.time(), "trust": self.server.trust(),
            "of_a_later_version": [1],
        }  # fmt: skip
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


def key_of(exchange):
    return exchange.headers.get("Authorization", "").removeprefix("Bearer ")


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()
