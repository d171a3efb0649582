"""The end of the audit chain reaches the owners, where nobody of the server can rewrite it."""

import pytest
from sqlalchemy import select

from app.accounts.service import letters
from app.audit.models import AuditHead
from tests.factories.people import a_person

pytestmark = pytest.mark.usefixtures("noon")


def test_each_owner_gets_number_and_hash(session, world, box, work):
    a_person(session, world.vendor.id, "owner", factor=False)
    a_person(session, world.vendor.id, "admin", factor=False)
    session.commit()
    head = session.scalars(select(AuditHead)).one()
    assert letters.queue_heads(session) == 1
    session.commit()
    work()
    assert box.recipients == [["owner@example.com"]]
    assert head.hash.hex() in box.text()
    assert f"event {head.seq}" in box.letters[0]["Subject"]


def test_without_a_mail_server_nothing_is_written(session, world):
    a_person(session, world.vendor.id, "owner", factor=False)
    session.commit()
    assert letters.queue_heads(session) == 0
