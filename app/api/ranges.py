"""Serving a content-addressed file: the framework's ranges with a strong tag of our own."""

import base64
import os
import re
from pathlib import Path
from typing import Self
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import FileResponse

from app.delivery.problems import RangeInvalid

# No file has a length of more than 19 digits; Python refuses to read numbers of thousands.
_SINGLE = re.compile(r"bytes=(?:([0-9]{1,19})-([0-9]{0,19})|-([0-9]{1,19}))", re.IGNORECASE)


class ArtifactResponse(FileResponse):
    """One immutable file; larger chunks than the framework's cost a third of its CPU."""

    chunk_size = 1 << 20

    @classmethod
    def of(
        cls, request: Request, path: Path, sha256: str, filename: str, *, fresh: bool
    ) -> Self | Response:
        """200, 206 or 304; a range behind the end is refused, an unreadable one ignored."""
        headers = _headers(sha256, filename)
        if fresh:
            return Response(status_code=304, headers=headers)
        stat = os.stat(path)  # noqa: PTH116 - FileResponse wants this very type
        _settle_range(request, f'"{sha256}"', stat.st_size)
        return cls(path, headers=headers, media_type="application/octet-stream", stat_result=stat)


def not_modified(request: Request, sha256: str) -> bool:
    """Whether the client names the tag it would get, weak or strong (RFC 9110 §13.1.2)."""
    tags = ",".join(request.headers.getlist("if-none-match"))
    named = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    return "*" in named or f'"{sha256}"' in named


def _headers(sha256: str, filename: str) -> dict[str, str]:
    rest = filename.encode("ascii", "ignore").decode()
    ascii_name = rest if rest == filename else f"release-{rest.lstrip('_')}"
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    return {
        "ETag": f'"{sha256}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store, no-transform",
        "Content-Disposition": (
            f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename)}"
        ),
    }


def _settle_range(request: Request, etag: str, size: int) -> None:
    """Drops a range that is not to be served as one; raises for one behind the end."""
    single = _SINGLE.fullmatch(request.headers.get("range", ""))
    stale = request.headers.get("if-range", etag) != etag
    if single is None or stale or request.method != "GET":  # RFC 9110 §14.2: GET alone has ranges
        _drop_range(request)
        return
    first, last, suffix = (int(number) if number else None for number in single.groups())
    if first is not None and last is not None and last < first:
        _drop_range(request)
    elif suffix == 0 or (first or 0) >= size:
        problem = RangeInvalid()
        problem.headers = {"Content-Range": f"bytes */{size}"}
        raise problem


def _drop_range(request: Request) -> None:
    headers = request.scope["headers"]
    request.scope["headers"] = [(name, value) for name, value in headers if name != b"range"]
