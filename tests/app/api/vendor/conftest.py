"""Programs of the vendor DEMO, one per role."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from tests.factories.automation import Automation, a_token
from tests.factories.prepared import prepared
from tests.factories.world import make_world


@pytest.fixture
def automation(client, session, world) -> Callable[..., Automation]:
    """Makes a program with a token of a role, by default with all that the role allows."""

    def make(role: str = "owner", *scopes: str) -> Automation:
        token = a_token(session, world.vendor.id, role, scopes or None)
        session.commit()
        return Automation(client, token)

    return make


@pytest.fixture
def crm(automation) -> Automation:
    """The vendor's CRM, which may do everything."""
    return automation()


@pytest.fixture
def other(session):
    """Another vendor of the same server."""
    made = prepared(session, make_world, "OTHR")
    session.commit()
    return made


@pytest.fixture
def events(session):
    """What the audit holds about a subject: actions with their data, oldest first."""

    def of(subject_id: object) -> list[tuple[str, dict[str, object]]]:
        found = session.scalars(
            select(AuditEvent).where(AuditEvent.subject_id == subject_id).order_by(AuditEvent.seq)
        )
        return [(event.action, event.data) for event in found]

    return of
