"""The body of an upload, taken piece by piece into the store's own file while it arrives."""

from collections.abc import AsyncIterator
from typing import Annotated

from anyio import CancelScope
from anyio.to_thread import run_sync
from fastapi import Depends, Request

from app.kit.db import Kit
from app.kit.problems import LengthRequired
from app.kit.storage import Incoming

_PIECE = 1 << 20


async def received(request: Request) -> AsyncIterator[Incoming]:
    """The whole body as a durable file, which is gone after the route unless it was kept.

    Raises LENGTH_REQUIRED, BODY_TOO_LARGE, DISK_FULL and STORAGE_UNAVAILABLE.
    """
    kit: Kit = request.app.state.kit
    if "content-length" not in request.headers:
        raise LengthRequired
    arriving = kit.artifacts.receiving(kit.settings.upload_max_bytes)
    await run_sync(arriving.__enter__)
    try:
        async for piece in _pieces(request):
            await run_sync(arriving.write, piece)
        yield await run_sync(arriving.finish)
    finally:
        with CancelScope(shield=True):
            await run_sync(arriving.__exit__, None, None, None)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """A megabyte at a time: what comes from the socket is too small to hop to a thread with."""
    gathered = bytearray()
    async for chunk in request.stream():
        gathered += chunk
        if len(gathered) >= _PIECE:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


Received = Annotated[Incoming, Depends(received, scope="function")]
"""For a route named in the envelope's `uploads`, after its caller in the signature."""
UPLOAD_REFUSALS = (LengthRequired,)
"""What such a route may refuse because of its body, beside BODY_TOO_LARGE and the store's own."""
