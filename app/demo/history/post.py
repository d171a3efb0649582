"""Letters of the story: a mail server that is not there, and what became of what was written."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select, update

from app.accounts import queries as accounts
from app.accounts.models import Letter
from app.accounts.schemas.people import SetMail
from app.accounts.service import mailing
from app.audit import service as audit
from app.audit.actor import SYSTEM
from app.audit.models import Action
from app.coupons.schemas import SendCoupons
from app.coupons.service import letters as coupon_letters
from app.demo.history.cast import Customer, Key, World
from app.demo.history.walk import DAYS, Do
from app.kit.db import UnitOfWork
from app.kit.outbox import ATTEMPTS, Job
from app.licensing.schemas.letters import SendKey
from app.licensing.service import letters, reminders

_SENDER: Final = "keys@example.com"
_SERVER: Final = {
    "host": "127.0.0.1",
    "port": 1_025,
    "security": "none",
    "sender": _SENDER,
    "sender_name": "Демо-вендор «Вектор»",
}
"""The port of programs that catch letters on a developer's computer; else nobody listens there."""
_WAY: Final = timedelta(seconds=40)
_REFUSED: Final = "SMTPRecipientsRefused: 550 5.1.1 no such mailbox (demo)"
_POST: Final = 30
"""Days between two looks at the letters, until the last weeks, in which each day has one."""


def open_post(world: World) -> None:
    """From the third day on there is mail, and customers hear of terms that end."""
    tell, moment = world.story.tell, world.story.calendar.moment
    tell(moment(2, 16), "mail", lambda session: _set_up(session, world))
    days = [*range(_POST, DAYS - _POST, _POST // 2), *range(DAYS - _POST, DAYS)]
    for day in days:
        tell(moment(day, 8), "remind", lambda session: reminders.remind(session, world.vendor_id))
        tell(moment(day, 20), "post", _leave)
    tell(moment(DAYS - 1, 20, 30), "test letter", lambda session: _test(session, world))


def mail_key(world: World, key: Key, day: int, hour: int = 9, minute: int = 20) -> None:
    """The key goes to its customer by mail."""
    world.story.tell(world.story.calendar.moment(day, hour, minute), "send", _send(world, key))


def mail_batch(world: World, name: str, customer: Customer, day: int) -> None:
    """All coupons of a fresh batch for one customer."""

    def act(session: UnitOfWork) -> None:
        command = SendCoupons(customer_id=customer.id)
        batch = world.batches[name]
        coupon_letters.send_batch(session, world.vendor_id, batch, command, actor=world.manager)

    world.story.tell(world.story.calendar.moment(day, 14, 30), "send coupons", act)


def lose_key(world: World, key: Key, day: int) -> None:
    """A letter that no server would take: given up after the last attempt."""
    written: list[Letter] = []

    def write(session: UnitOfWork) -> None:
        letter = letters.send_key(session, world.vendor_id, key.id, SendKey(), actor=world.manager)
        letter.error = _REFUSED
        written.append(letter)

    def give_up(session: UnitOfWork) -> None:
        [letter] = written
        now, name = session.now(), {"letter": str(letter.id)}
        session.execute(
            update(Letter).where(Letter.id == letter.id).values(failed_at=now, error=_REFUSED)
        )
        dead = {"dead_at": now, "attempts": ATTEMPTS, "error": _REFUSED}
        session.execute(update(Job).where(Job.payload == name).values(**dead))
        told = {"letter": letter.kind, "error": _REFUSED}
        audit.record(session, Action.MAIL_FAILED, actor=SYSTEM, subject=letter, **told)

    moment = world.story.calendar.moment
    world.story.tell(moment(day, 10, 40), "send", write)
    world.story.tell(moment(day, 19, 30), "give up", give_up)


def _set_up(session: UnitOfWork, world: World) -> None:
    vendor = accounts.vendor(session, world.vendor_id)
    mailing.set_mail(
        session, vendor, SetMail.model_validate({"server": _SERVER}), actor=world.owner
    )


def _send(world: World, key: Key) -> Do:
    return lambda session: letters.send_key(
        session, world.vendor_id, key.id, SendKey(), actor=world.manager
    )


def _test(session: UnitOfWork, world: World) -> None:
    vendor = accounts.vendor(session, world.vendor_id)
    mailing.send_test(session, vendor, mailing.To(_SENDER, "ru"))


def _leave(session: UnitOfWork) -> None:
    """As if a worker had sent all that lies there: each letter a moment after it was written."""
    waiting = select(Letter).where(Letter.sent_at.is_(None), Letter.failed_at.is_(None))
    for letter in session.scalars(waiting):
        letter.sent_at = letter.created_at + _WAY
    session.execute(delete(Job).where(Job.kind.startswith("mail."), Job.dead_at.is_(None)))
