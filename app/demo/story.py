"""Prints the history of keys, coupons and infobases as support reads it, as JSON."""

import json
import sys

from sqlalchemy import select

from app.audit.models import AuditEvent
from app.demo.database import opened
from app.kit.clock import rfc3339
from app.kit.config import Settings
from app.kit.db import KitSession, reading

_CATALOGUE = ("vendor", "product", "extension", "release", "artifact", "eula")


def events(session: KitSession) -> list[dict[str, object]]:
    """What happened to clients, in order; the making of the catalogue is left out."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.subject_kind.not_in(_CATALOGUE))
        .order_by(AuditEvent.vendor_id, AuditEvent.seq)
    )
    return [
        {
            "seq": event.seq,
            "at": rfc3339(event.at),
            "actor": event.actor_label,
            "action": event.action,
            "subject": event.subject_label,
            "outcome": event.outcome,
            "reason": event.reason,
        }
        for event in session.scalars(query)
    ]


def main() -> int:
    """Reads the database of the settings."""
    with opened(Settings.load()) as found, reading(found.engine, found.kit) as session:
        json.dump(events(session), sys.stdout, ensure_ascii=False)
    return 0
