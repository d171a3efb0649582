"""Runs the application under uvicorn, bounded and without its own access log."""

import socket
from collections.abc import Callable
from importlib import util

import uvicorn
from fastapi import FastAPI

HEAD_MAX = 64 * 1024


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one, which is read back from the socket."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def serve(app: FastAPI, listener: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serves until SIGINT or SIGTERM; `ready` is called once requests are answered."""
    server = _Announcing(configured(app), ready)
    server.run(sockets=[listener])


def configured(app: FastAPI) -> uvicorn.Config:
    """How uvicorn is run: what it limits, and what it leaves to us."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the client's address is read by our own rule of trusted proxies
        timeout_graceful_shutdown=25,
        # Windows has no httptools; h11 counts heads itself.
        http="app.kit.heads:BoundedHeads" if util.find_spec("httptools") else "h11",
        h11_max_incomplete_event_size=HEAD_MAX,
        ws="none",
    )


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
