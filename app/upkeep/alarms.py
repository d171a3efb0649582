"""Alarms: every few minutes the state of the server's health is kept for pages and letters."""

from sqlalchemy import Connection, Engine

from app.accounts import queries as accounts
from app.accounts.models import VendorStatus
from app.accounts.service import alarms
from app.kit.db import Kit, reading, transaction
from app.upkeep import health


def look(engine: Engine | Connection, kit: Kit) -> str:
    """Reads every check once; each vendor that works here hears what is its business."""
    with reading(engine, kit) as session:
        readings = health.read_all(session)
        vendors = accounts.vendors(session)
        working = [vendor.id for vendor in vendors if vendor.status == VendorStatus.ACTIVE]
    for vendor_id in working:
        states = {each.check: each.state_for(vendor_id) for each in readings}
        with transaction(engine, kit) as session:
            alarms.keep(session, vendor_id, states)
    return ""
