"""Comparing the store of artifacts with the rows that name its files."""

from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

from app.catalog import queries
from app.catalog.models import Artifact, ArtifactStatus, ExtensionImage
from app.kit.db import KitSession
from app.kit.findings import Finding, Tick, Weight, untold
from app.kit.i18n import Sentence
from app.kit.problems import StorageUnavailable
from app.kit.storage import ArtifactStore, digest_of

F = TypeVar("F", Artifact, ExtensionImage)
_DIGESTS_AT_ONCE = 1_000
UNREADABLE = "ARTIFACT_UNREADABLE"
"""The store does not answer: nothing is known of the bytes."""


def find_damaged_files(
    session: KitSession, *, full: bool = False, tick: Tick = untold
) -> Iterator[Finding]:
    """Files, documents and pictures that are absent or of another length.

    `full` reads every byte for its SHA-256.
    """
    for _, finding in damaged(session, full=full, tick=tick):
        yield finding
    for picture, fault in _faults(session, queries.pictures(session), full=full, tick=tick):
        code, text = fault
        subject = f"picture {picture.id} {picture.kind} sha256 {picture.sha256}"
        yield Finding(code, subject, text, picture.vendor_id)


def damaged(
    session: KitSession, *, full: bool, tick: Tick = untold
) -> Iterator[tuple[Artifact, Finding]]:
    """The rows whose files are not what they say, each with what is wrong."""
    files = queries.artifacts_that_are(session, ArtifactStatus.READY)
    for artifact, fault in _faults(session, files, full=full, tick=tick):
        code, text = fault
        subject = f"artifact {artifact.id} {artifact.filename} sha256 {artifact.sha256}"
        yield artifact, Finding(code, subject, text, artifact.vendor_id)


def whole_again(session: KitSession) -> Iterator[Artifact]:
    """The quarantined files whose bytes are what their rows say; every byte is read."""
    for artifact in queries.artifacts_that_are(session, ArtifactStatus.QUARANTINED):
        if _fault(session.kit.artifacts, artifact, full=True) is None:
            yield artifact


def _faults(
    session: KitSession, rows: Iterator[F], *, full: bool, tick: Tick
) -> Iterator[tuple[F, tuple[str, Sentence]]]:
    """Of rows that name files, those whose bytes are not what they say."""
    last, fault = "", None
    for row in rows:
        if row.sha256 != last:  # vendors may share bytes; they are read once
            last, fault = row.sha256, _fault(session.kit.artifacts, row, full=full)
        tick()
        if fault is not None:
            yield row, fault


def _fault(
    store: ArtifactStore, row: Artifact | ExtensionImage, *, full: bool
) -> tuple[str, Sentence] | None:
    try:
        size = store.size(row.sha256)
        if size is None:
            return "ARTIFACT_MISSING", Sentence("Файла нет в хранилище", "The file is missing")
        if size != row.size:
            return "ARTIFACT_LENGTH", Sentence(
                f"В файле {size} Б, должно быть {row.size} Б",
                f"The file holds {size} bytes instead of {row.size}",
            )
        if full and digest_of(store, row.sha256) != row.sha256:
            return "ARTIFACT_DAMAGED", Sentence(
                "Содержимое файла изменилось: SHA-256 не совпадает",
                "The bytes have changed: their SHA-256 differs",
            )
    except StorageUnavailable as error:
        why = str(error.__cause__)
        return UNREADABLE, Sentence(f"Файл не читается: {why}", f"The file cannot be read: {why}")
    return None


def find_leftovers(session: KitSession) -> Iterator[Finding]:
    """Files that no row names: harmless, and listed so that somebody may delete them."""
    store = session.kit.artifacts
    for name in store.unfinished():
        text = Sentence(
            "Файл загружен не до конца; если загрузка не идёт сейчас, его можно удалить",
            "The upload is not complete; unless it runs now, the file may be deleted",
        )
        yield Finding("UPLOAD_UNFINISHED", name, text, weight=Weight.REMARK)
    for digest in unreferenced(session, store.digests()):
        text = Sentence(
            "Файл не принадлежит ни одному релизу и расширению; он остался от отклонённой загрузки",
            "The file belongs to no release and no extension; a refused upload left it behind",
        )
        yield Finding("FILE_UNREFERENCED", digest, text, weight=Weight.REMARK)


def unreferenced(session: KitSession, digests: Iterator[str]) -> Iterator[str]:
    """Those of the hashes that no row names."""
    while part := list(islice(digests, _DIGESTS_AT_ONCE)):
        known = queries.known_digests(session, part)
        yield from (digest for digest in part if digest not in known)
