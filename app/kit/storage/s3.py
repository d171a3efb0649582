"""Artifacts in a bucket of any service that speaks S3."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import boto3  # type: ignore[import-untyped] # it ships no types
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from app.kit.config import Settings
from app.kit.problems import DiskFull, StorageUnavailable
from app.kit.storage import incoming as arrival
from app.kit.storage.incoming import Arriving, Incoming
from app.kit.storage.port import Stored, is_digest, place

CHUNK: Final = 1 << 20
LINK_SECONDS: Final = 60
_NOT_FOUND, _NO_ROOM = 404, 507
_CONFIG: Final = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 3},
    # Checksums of the newest kind are unknown to many services; we compare our own SHA-256.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


@contextmanager
def _told_apart() -> Iterator[None]:
    """What an error of the service means for the caller: no room, or come again."""
    try:
        yield
    except ClientError as error:
        raise (DiskFull() if _status(error) == _NO_ROOM else StorageUnavailable(n=10)) from error
    except BotoCoreError as error:
        raise StorageUnavailable(n=10) from error


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


class S3Store:
    """`<prefix>/sha256/ab/<hash>` in a bucket; bytes arrive in a local folder first."""

    def __init__(self, settings: Settings) -> None:
        assert settings.bucket is not None  # noqa: S101 - `store_of` has looked
        self._bucket, self._prefix = settings.bucket
        self._folder = settings.artifacts_folder / "incoming"
        secret = settings.s3_secret()
        self._client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=str(settings.s3_endpoint) if settings.s3_endpoint else None,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_access_key if secret else None,
            aws_secret_access_key=secret,
            config=_CONFIG,
        )

    def receiving(self, limit: int | None = None) -> Arriving:
        return Arriving(self._folder, limit)

    def keep(self, incoming: Incoming) -> Stored:
        """Uploads in one piece, which becomes visible as a whole or not at all, and looks again."""
        stored = Stored(incoming.sha256, incoming.size)
        with _told_apart(), incoming.path.open("rb") as file:
            self._client.put_object(
                **self._object(incoming.sha256),
                Body=file,
                ContentLength=incoming.size,
                ContentType="application/octet-stream",
                Metadata={"sha256": incoming.sha256},
            )
        if self._told(incoming.sha256) != stored:
            raise StorageUnavailable(n=10)
        return stored

    def put(self, chunks: Iterable[bytes]) -> Stored:
        with self.receiving() as arriving:
            for chunk in chunks:
                arriving.write(chunk)
            return self.keep(arriving.finish())

    def read(self, sha256: str, first: int = 0, length: int | None = None) -> Generator[bytes]:
        if length == 0:
            return
        last = "" if length is None else first + length - 1
        asked = {"Range": f"bytes={first}-{last}"} if first or length is not None else {}
        with _told_apart():
            answer = self._client.get_object(**self._object(sha256), **asked)
            # Some services answer a range with 200: Content-Range alone says what comes.
            begins = answer.get("ContentRange", "").startswith(f"bytes {first}-")
            with answer["Body"] as body:
                yield from _part(body, 0 if begins else first, length)

    def size(self, sha256: str) -> int | None:
        head = self._head(sha256)
        return None if head is None else int(head["ContentLength"])

    def lacks(self, sha256: str, size: int) -> bool:
        del sha256, size
        return False  # no network call for each request of a download; `podkluch check` asks

    def digests(self, before: datetime | None = None) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}sha256/"
        )
        with _told_apart():
            for page in pages:
                for found in page.get("Contents", ()):
                    name = found["Key"].rpartition("/")[2]
                    if is_digest(name) and (before is None or found["LastModified"] < before):
                        yield name

    def remove(self, sha256: str) -> None:
        with _told_apart():
            self._client.delete_object(**self._object(sha256))

    def unfinished(self, before: datetime | None = None) -> Iterator[str]:
        return arrival.unfinished(self._folder, before)

    def discard(self, name: str) -> None:
        with arrival.told_apart():
            (self._folder / name.rpartition("/")[2]).unlink(missing_ok=True)

    def link(self, sha256: str, filename: str) -> str:
        name = f"attachment; filename*=UTF-8''{quote(filename)}"
        asked = self._object(sha256) | {"ResponseContentDisposition": name}
        with _told_apart():
            return str(
                self._client.generate_presigned_url("get_object", asked, ExpiresIn=LINK_SECONDS)
            )

    def writable(self) -> bool:
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except (BotoCoreError, ClientError):
            return False
        return True

    def _object(self, sha256: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}{place(sha256)}"}

    def _told(self, sha256: str) -> Stored | None:
        """What the service says it holds; it may spell the names of metadata as it likes."""
        head = self._head(sha256)
        if head is None:
            return None
        metadata = {name.lower(): value for name, value in head["Metadata"].items()}
        return Stored(metadata.get("sha256", ""), head["ContentLength"])

    def _head(self, sha256: str) -> dict[str, Any] | None:
        with _told_apart():
            try:
                found: dict[str, Any] = self._client.head_object(**self._object(sha256))
            except ClientError as error:
                if _status(error) == _NOT_FOUND:
                    return None
                raise
        return found


def _part(body: Any, skipped: int, length: int | None) -> Iterator[bytes]:
    """A part of what comes: so much is passed over, and no more than `length` is taken."""
    left = length
    while chunk := body.read(CHUNK):
        passed = min(skipped, len(chunk))
        skipped -= passed
        piece = chunk[passed:] if left is None else chunk[passed : passed + left]
        if piece:
            yield piece
        if left is not None:
            left -= len(piece)
            if not left:
                return
