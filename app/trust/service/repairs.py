"""Timestamps signed anew: every day by the clock, and at once where that was missed."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.kit.db import Kit, reading, transaction
from app.kit.findings import Finding, Weight
from app.kit.i18n import Sentence
from app.kit.problems import Conflict
from app.kit.signing.keyring import CannotOpenError
from app.trust import queries, service

EVERY: Final = timedelta(days=1)
_UNSIGNABLE: Final = (CannotOpenError, LookupError, SQLAlchemyError)


class NotResignedError(Exception):
    """Some timestamps keep their old date: freshness runs out for their agents."""


def resign_all(engine: Engine, kit: Kit) -> str:
    """A timestamp of now for every repository; NotResignedError names those that got none."""
    failed = [why for _, why in _resigned(engine, kit, timedelta()) if why]
    if failed:
        raise NotResignedError("; ".join(failed))
    return ""


def repair_timestamps(engine: Engine, kit: Kit, *, full: bool) -> Iterator[Finding]:
    """Signs anew what nobody did for a day, as after a server was down or restored."""
    del full
    for place, why in _resigned(engine, kit, EVERY):
        if why:
            text = Sentence(f"Не подписано заново: {why}", f"Not signed anew: {why}")
            yield Finding("TRUST_NOT_RESIGNED", place, text)
        else:
            text = Sentence("Подписанные сведения обновлены", "The timestamp is signed anew")
            yield Finding("TRUST_RESIGNED", place, text, weight=Weight.REMARK)


def _resigned(engine: Engine, kit: Kit, age: timedelta) -> Iterator[tuple[str, str]]:
    """Each repository whose timestamp is of that age, with the reason if it was not signed."""
    for repo_id, vendor_id in _older(engine, kit, age):
        place, why = f"repository {repo_id}", ""
        try:
            with transaction(engine, kit) as session:
                service.resign(session, vendor_id)
        except Conflict:
            continue  # a publication has just signed one
        except _UNSIGNABLE as error:
            why = f"{place}: {type(error).__name__}"
        yield place, why


def _older(engine: Engine, kit: Kit, age: timedelta) -> list[tuple[str, uuid.UUID]]:
    with reading(engine, kit) as session:
        return [
            (row.repo_id, row.vendor_id)
            for row in queries.repositories(session)
            if row.timestamp_signed_at is None or session.now() - row.timestamp_signed_at >= age
        ]
