"""Runs the application under uvicorn, bounded, without its own access log, and ends it gently."""

import asyncio
import socket
from collections.abc import Callable
from importlib import util
from types import FrameType

import uvicorn
from fastapi import FastAPI

from app.kit.memory import settle

HEAD_MAX = 64 * 1024
KEEP_ALIVE = 75
"""Seconds that an idle connection is kept: longer than a proxy before us would reuse it."""
PATIENCE = 25
"""Seconds that running requests get once nothing new is accepted."""
_CLOSE = (b"connection", b"close")


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
    server = _Server(configured(app), app, ready)
    settle()
    server.run(sockets=[listener])


def configured(app: FastAPI) -> uvicorn.Config:
    """How uvicorn is run: what it limits, and what it leaves to us."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the client's address is read by our own rule of trusted proxies
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=PATIENCE,
        # Windows has no httptools; h11 counts heads itself.
        http="app.kit.heads:BoundedHeads" if util.find_spec("httptools") else "h11",
        h11_max_incomplete_event_size=HEAD_MAX,
        ws="none",
    )


class _Server(uvicorn.Server):
    """Tells when it answers; told to stop, it first says so at /health/ready for a while."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._state, self._ready = app.state, ready
        self._lag = float(app.state.kit.settings.drain_seconds)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Whoever asks for readiness meanwhile sends nobody here any more, and all hang up."""
        self._hang_up()
        waited = 0.0
        while waited < self._lag and not self.force_exit:
            await asyncio.sleep(0.1)
            waited += 0.1
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal ends it gently; a second one waits for nobody."""
        self.force_exit = self._state.stopping
        self._hang_up()  # before anybody hears that it stops
        self._state.stopping = True
        super().handle_exit(sig, frame)

    def _hang_up(self) -> None:
        """Each answer ends its connection; uvicorn makes the headers anew every second."""
        if _CLOSE not in self.server_state.default_headers:
            self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
