"""What a person does with their own account is history of every vendor they work for."""

import uuid

from sqlalchemy import select

from app.accounts.models import Membership, User
from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.audit.service import Pending
from app.kit.db import KitSession, UnitOfWork
from app.kit.problems import Problem


def record_everywhere(
    session: UnitOfWork, action: Action, user_id: uuid.UUID, *, actor: Actor, **data: object
) -> None:
    """An event in the chain of each vendor that the person belongs to."""
    user = session.get_one(User, user_id)
    for vendor_id in vendors_of(session, user_id):
        audit.record(session, action, actor=actor, subject=user.at(vendor_id), **data)


def denials(
    session: KitSession, action: Action, user: User, *, actor: Actor, problem: type[Problem]
) -> list[Pending]:
    """A refusal, for the chain of each vendor that the person belongs to."""
    return [
        audit.denial(session, action, actor=actor, subject=user.at(vendor_id), problem=problem)
        for vendor_id in vendors_of(session, user.id)
    ]


def vendors_of(session: KitSession, user_id: uuid.UUID) -> list[uuid.UUID]:
    """The vendors that let the person in; of whoever works for none, those that ever asked them.

    What somebody does for one vendor is none of the business of another that only invited them.
    """
    rows = session.scalars(
        select(Membership).where(Membership.user_id == user_id).order_by(Membership.vendor_id)
    ).all()
    return [row.vendor_id for row in rows if row.opens] or [row.vendor_id for row in rows]
