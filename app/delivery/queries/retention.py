"""How much there is that a shorter retention would delete."""

import uuid
from datetime import datetime

from sqlalchemy import select

from app.delivery.models import Download, InstallReport
from app.kit.db import KitSession
from app.kit.paging import capped


def kept_before(session: KitSession, vendor_id: uuid.UUID, before: datetime) -> int:
    """Downloads and reports older than an instant; each kind is counted to a little over 1,000."""
    return sum(
        capped(
            session,
            select(model.id).where(model.vendor_id == vendor_id, model.created_at < before),
        )
        for model in (Download, InstallReport)
    )
