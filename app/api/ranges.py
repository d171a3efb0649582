"""Serving a content-addressed file: one range, a strong tag, and whoever sends the bytes."""

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request, Response

from app.delivery.problems import RangeInvalid
from app.kit.config import Settings
from app.kit.storage import ArtifactStore
from app.kit.streaming import Hold, Stream

# No file has a length of more than 19 digits; Python refuses to read numbers of thousands.
_SINGLE = re.compile(r"bytes=(?:([0-9]{1,19})-([0-9]{0,19})|-([0-9]{1,19}))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """What is served: the bytes of a hash, under a name."""

    store: ArtifactStore
    sha256: str
    size: int
    filename: str

    @property
    def tag(self) -> str:
        """The entity tag: other bytes have another one (RFC 9110 §8.8.3)."""
        return f'"{self.sha256}"'

    @property
    def shelf(self) -> str:
        """The place below the store's folder of hashes, for nginx beside it."""
        return f"{self.sha256[:2]}/{self.sha256}"

    @property
    def headers(self) -> dict[str, str]:
        """What describes the whole file, whichever part of it is sent."""
        rest = self.filename.encode("ascii", "ignore").decode()
        ascii_name = rest if rest == self.filename else f"release-{rest.lstrip('_')}"
        digest = base64.b64encode(bytes.fromhex(self.sha256)).decode()
        return {
            "ETag": self.tag,
            "Repr-Digest": f"sha-256=:{digest}:",
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-store, no-transform",
            "Content-Disposition": (
                f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(self.filename)}"
            ),
        }


def not_modified(request: Request, sha256: str) -> bool:
    """Whether the client names the tag it would get, weak or strong (RFC 9110 §13.1.2)."""
    tags = ",".join(request.headers.getlist("if-none-match"))
    named = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    return "*" in named or f'"{sha256}"' in named


def answer(request: Request, file: File, settings: Settings, hold: Hold | None = None) -> Response:
    """200, 206, 304, or the way to who sends the bytes; a range behind the end is refused."""
    if not_modified(request, file.sha256):
        return Response(status_code=304, headers=file.headers)
    part = _part(request, file)
    whole = file.headers | {"Content-Length": str(file.size)}
    if request.method == "HEAD":  # not for nginx, which would answer it with a range
        return _plain(whole)
    if settings.download_mode == "accel":
        told = file.headers | {"X-Accel-Redirect": f"/_artifacts/{file.shelf}"}
        del told["Accept-Ranges"]  # nginx says it too, and keeps both
        return _plain(told)
    if settings.download_mode == "redirect":
        link = file.store.link(file.sha256, file.filename)
        return Response(status_code=303, headers={"Location": str(link)})
    if part is None:
        return Stream(file.store.read(file.sha256), 200, whole, hold)
    first, length = part
    told = {
        "Content-Length": str(length),
        "Content-Range": f"bytes {first}-{first + length - 1}/{file.size}",
    }
    return Stream(file.store.read(file.sha256, first, length), 206, file.headers | told, hold)


def _plain(headers: dict[str, str]) -> Response:
    """An answer whose bytes are sent by another, or by nobody."""
    return Response(headers=headers, media_type="application/octet-stream")


def _part(request: Request, file: File) -> tuple[int, int] | None:
    """The first byte and the number of bytes to send; None: all. Raises for one behind the end."""
    single = _SINGLE.fullmatch(request.headers.get("range", ""))
    stale = request.headers.get("if-range", file.tag) != file.tag
    if single is None or stale or request.method != "GET":  # RFC 9110 §14.2: GET alone has ranges
        return None
    first, last, suffix = (int(number) if number else None for number in single.groups())
    if first is not None and last is not None and last < first:
        return None
    if suffix == 0 or (first or 0) >= file.size:
        problem = RangeInvalid()
        problem.headers = {"Content-Range": f"bytes */{file.size}"}
        raise problem
    if first is None:
        first = max(0, file.size - (suffix or 0))
    end = file.size if last is None else min(last + 1, file.size)
    return first, end - first
