"""Bytes on their way to a client: read piece by piece on threads, ended when the client is gone."""

from collections.abc import Generator, Mapping
from time import monotonic
from typing import Protocol

from anyio import CancelScope, create_task_group
from anyio.to_thread import run_sync
from fastapi import Response
from starlette.types import Receive, Scope, Send


class Hold(Protocol):
    """What a transfer holds while it moves; if it is not renewed in time, others may take it."""

    @property
    def seconds(self) -> float:
        """How often it is renewed, by bytes that get through: a client that hangs loses it."""

    def renew(self) -> None:
        """Holds it for another while."""

    def release(self) -> None:
        """Gives it back."""


class Stream(Response):
    """A body of known length; an error before its first piece is still a proper refusal."""

    def __init__(
        self,
        pieces: Generator[bytes],
        status_code: int,
        headers: Mapping[str, str],
        hold: Hold | None = None,
    ) -> None:
        self._pieces, self._hold = pieces, hold
        self.status_code, self.background = status_code, None
        self.media_type = "application/octet-stream"
        self.body = b""
        self.init_headers(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        try:
            first = await run_sync(next, self._pieces, b"")
            async with create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                await self._send(first, send)
                group.cancel_scope.cancel()
        finally:
            with CancelScope(shield=True):
                await run_sync(self._close)

    async def _send(self, piece: bytes, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        renewed = monotonic()
        while piece:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if self._hold and monotonic() - renewed > self._hold.seconds:
                renewed = monotonic()
                await run_sync(self._hold.renew)
            piece = await run_sync(next, self._pieces, b"")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _close(self) -> None:
        try:
            self._pieces.close()
        finally:
            if self._hold:
                self._hold.release()


async def _until_gone(receive: Receive, scope: CancelScope) -> None:
    """The server says nothing to who sends to a client that is gone: it has to be asked."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
