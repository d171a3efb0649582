"""Bodies that are no JSON: the bytes of an upload."""

import base64
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request

from app.kit.problems import BodyTooLarge, LengthRequired

UPLOAD_REFUSALS = (LengthRequired, BodyTooLarge)
"""What an upload may be refused with because of its body."""
BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""The description of such a body."""


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of an upload, and the digest that its sender told."""

    data: bytes
    repr_digest: str | None

    def is_told_as(self, sha256: str) -> bool:
        """Whether the sender told this SHA-256, or none; other algorithms are passed over."""
        ours = f":{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
        for member in (self.repr_digest or "").split(","):
            name, _, value = member.strip().partition("=")
            if name.strip().lower() == "sha-256" and value.strip() != ours:
                return False
        return True


async def _raw_body(
    request: Request,
    repr_digest: Annotated[
        str | None, Header(description="`sha-256=:…:` of the bytes (RFC 9530)")
    ] = None,
) -> Raw:
    """The whole body, whose length was told beforehand and is within the server's limit."""
    if "content-length" not in request.headers:
        raise LengthRequired
    return Raw(await request.body(), repr_digest)


RawBody = Annotated[Raw, Depends(_raw_body)]
