"""The body of an upload, taken piece by piece into the store's own file while it arrives."""

import base64
from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio import CancelScope
from anyio.to_thread import run_sync
from fastapi import Depends, Request

from app.kit.db import Kit
from app.kit.problems import BodyTooLarge, DiskFull, LengthRequired, StorageUnavailable
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
UPLOAD_REFUSALS = (LengthRequired, BodyTooLarge, DiskFull, StorageUnavailable)
"""What such a route may refuse because of its body."""
BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""The description of such a body."""


def is_told_as(repr_digest: str | None, sha256: str) -> bool:
    """Whether the sender told this SHA-256, or none; other algorithms are passed over."""
    ours = f":{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
    for member in (repr_digest or "").split(","):
        name, _, value = member.strip().partition("=")
        if name.strip().lower() == "sha-256" and value.strip() != ours:
            return False
    return True
