"""Keys by mail: only to the customer, opened only by the worker."""

import pytest
from sqlalchemy import select

from app.accounts.models import Letter
from app.accounts.problems import MailNotConfigured
from app.audit.actor import SYSTEM
from app.audit.models import AuditEvent
from app.customers.problems import EmailMissing
from app.kit.outbox import Job
from app.kit.problems import NotFound
from app.licensing.schemas.letters import SendKey
from app.licensing.service.letters import send_key
from tests.factories.world import make_world
from wire import enrolment

pytestmark = pytest.mark.usefixtures("noon")


def send(world, **changes):
    made = send_key(world.session, world.vendor.id, world.key.id, SendKey(**changes), actor=SYSTEM)
    world.session.commit()
    return made


def test_the_customer_gets_the_key_and_the_connection_file(world, box, work):
    letter = send(world)
    assert work() == 1
    assert box.recipients == [["buyer@example.com"]]
    assert world.code in box.text()
    assert "ООО «Василёк»" in box.text()
    [file] = box.letters[0].iter_attachments()
    assert file.get_filename() == f"{world.vendor.name}.podkluch"
    connection = enrolment.parse(file.get_content())
    assert (connection.vendor.name, connection.key) == (world.vendor.name, None)
    world.session.refresh(letter)
    assert letter.status == "sent"


def test_the_letter_speaks_the_language_that_was_asked_for(world, box, work):
    send(world, locale="en", connection_file=False)
    work()
    assert "The licence key for" in box.text()
    assert list(box.letters[0].iter_attachments()) == []


def test_history_says_sent_and_not_revealed_and_no_code(world, box):
    assert box
    send(world)
    rows = world.session.execute(select(AuditEvent.action, AuditEvent.data)).all()
    told = dict(map(tuple, rows))
    assert told["license_key.sent"]["reason"] == "sending"
    assert "license_key.revealed" not in told
    held = [
        *world.session.scalars(select(Job.payload)),
        *world.session.scalars(select(Letter.data)),
    ]
    assert world.code not in str(rows) + str(held)


@pytest.mark.usefixtures("box")
def test_without_an_address_there_is_nobody_to_write_to(world):
    with pytest.raises(EmailMissing):
        send(world, to="tech_email")


def test_without_a_mail_server_it_says_so(world):
    with pytest.raises(MailNotConfigured):
        send(world)


@pytest.mark.usefixtures("box")
def test_a_foreign_key_does_not_exist(world, session):
    other = make_world(session, "OTHR")
    with pytest.raises(NotFound):
        send_key(session, world.vendor.id, other.key.id, SendKey(), actor=SYSTEM)
