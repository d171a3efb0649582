"""Looking for an infobase among many: by its label, its customer, its key."""

import uuid

from sqlalchemy import ColumnElement, select

from app.accounts import queries as accounts
from app.customers.models import Customer
from app.delivery.queries.spread import MOST, Holder, seated
from app.kit.db import KitSession
from app.kit.search import matches
from app.licensing.models import Activation, Infobase, LicenseKey, LicenseKeyCode
from app.licensing.queries.keys import hints


def infobases_like(session: KitSession, vendor_id: uuid.UUID, text: str) -> list[Holder]:
    """Infobases with a seat that a person may mean, each once, the last heard of first.

    The text is words of the company, a part of the infobase's label, or the end of the key.
    """
    text = text.strip()
    if not text or not text.isprintable():
        return []
    found = {
        *_of_companies(session, vendor_id, text),
        *_labelled(session, vendor_id, text),
        *_of_keys(session, vendor_id, text),
    }
    held: dict[uuid.UUID, Holder] = {}
    for each in seated(session, vendor_id, Infobase.id.in_(found)) if found else ():
        held.setdefault(each.infobase.id, each)
    return list(held.values())


def _of_companies(session: KitSession, vendor_id: uuid.UUID, text: str) -> list[uuid.UUID]:
    meant = matches(Customer.search_vector, vendor_id, text)
    if meant is None:
        return []
    companies = select(Customer.id).where(Customer.vendor_id == vendor_id, meant).limit(MOST)
    # Asked for by themselves: the planner would not guess how few they are.
    ids = session.scalars(companies).all()
    return _infobases(session, vendor_id, LicenseKey.customer_id.in_(ids)) if ids else []


def _of_keys(session: KitSession, vendor_id: uuid.UUID, text: str) -> list[uuid.UUID]:
    prefix = accounts.vendor(session, vendor_id).prefix
    ids = session.scalars(
        select(LicenseKeyCode.key_id).where(
            LicenseKeyCode.vendor_id == vendor_id, LicenseKeyCode.hint.in_(hints(prefix, text))
        )
    ).all()
    return _infobases(session, vendor_id, LicenseKey.id.in_(ids)) if ids else []


def _infobases(
    session: KitSession, vendor_id: uuid.UUID, of: ColumnElement[bool]
) -> list[uuid.UUID]:
    return list(
        session.scalars(
            select(Activation.infobase_id)
            .join(LicenseKey, LicenseKey.id == Activation.key_id)
            .where(Activation.vendor_id == vendor_id, of)
            .order_by(Activation.last_seen_at.desc())
            .limit(MOST)
        )
    )


def _labelled(session: KitSession, vendor_id: uuid.UUID, text: str) -> list[uuid.UUID]:
    return list(
        session.scalars(
            select(Infobase.id)
            .where(Infobase.vendor_id == vendor_id, Infobase.label.icontains(text, autoescape=True))
            .order_by(Infobase.last_seen_at.desc())
            .limit(MOST)
        )
    )
