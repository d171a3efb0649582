"""Letters of vendors: asked for in the transaction of the act, sent by a worker."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

from sqlalchemy import Text, delete, select
from sqlalchemy import cast as sql_cast

from app.accounts.models import Letter, Vendor
from app.accounts.problems import MailNotConfigured
from app.accounts.schemas.people import SetMail
from app.audit import service as audit
from app.audit.actor import SYSTEM, Actor
from app.audit.models import Action
from app.audit.service import HasSubject
from app.kit import mail, outbox
from app.kit.db import KitSession, UnitOfWork, new_id, reading, transaction
from app.kit.i18n import N_, Lazy
from app.kit.mail import Content, Envelope, Server
from app.kit.outbox import ATTEMPTS, Job, Task
from app.kit.problems import NotFound, ValidationFailed
from app.kit.signing.keyring import CannotOpenError
from app.kit.telemetry import redact

Compose = Callable[[KitSession, Letter], Content | None]
"""Writes a letter when it is sent; None if there is nothing to say any more."""
OUTDATED: Final = "OUTDATED"
KEPT: Final = timedelta(days=400)
PASSWORD_ANEW: Final = (
    "password_anew",
    N_("Type the password again: the server, the connection or the user is another"),
)
_ERROR_MAX: Final = 300
_LOST: Final = "lost with its worker"
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class To:
    """Whom a letter goes to, in which language."""

    address: str
    locale: str
    copy_to: str | None = None


def can_send(session: KitSession, vendor_id: uuid.UUID) -> bool:
    """Whether the vendor has a mail server."""
    return session.get_one(Vendor, vendor_id).smtp is not None


def require_mail(session: KitSession, vendor_id: uuid.UUID) -> None:
    """MAIL_NOT_CONFIGURED where letters cannot be sent."""
    if not can_send(session, vendor_id):
        raise MailNotConfigured(missing=Lazy(N_("the mail server in the settings")))


def queue(session: UnitOfWork, kind: str, to: To, subject: HasSubject, **data: object) -> Letter:
    """A letter that leaves if this transaction is committed; `data` holds ids, never secrets."""
    about = subject.subject
    require_mail(session, about.vendor_id)
    letter = Letter(
        id=new_id(),
        vendor_id=about.vendor_id,
        created_at=session.now(),
        kind=kind,
        recipient=to.address,
        copy_to=to.copy_to,
        locale=to.locale,
        subject_kind=about.kind,
        subject_id=about.id,
        subject_label=about.label,
        data=data,
    )
    session.add(letter)
    session.flush()
    outbox.enqueue(session, f"mail.{kind}", {"letter": str(letter.id)})
    return letter


def deliver(task: Task, compose: Compose) -> None:
    """Sends the letter of a job; what fails is tried again, and in the end is `mail.failed`."""
    letter_id = uuid.UUID(task.payload["letter"])
    try:
        with reading(task.engine, task.kit) as session:
            letter = session.get(Letter, letter_id)
            if letter is None or letter.sent_at is not None:
                return
            content, server = compose(session, letter), server_of(session, letter.vendor_id)
            to = Envelope(letter.recipient, letter.copy_to, str(letter.id), letter.created_at)
        if content is not None:
            mail.send(server, content, to)
    except Exception as error:  # whatever it was, the letter must not look as if it still waited
        _not_sent(task, letter_id, error)
        raise
    with transaction(task.engine, task.kit) as session:
        letter = session.get_one(Letter, letter_id)
        now = session.now()
        letter.sent_at, letter.failed_at = (now, None) if content else (None, now)
        letter.error = None if content else OUTDATED


def retry(
    session: UnitOfWork, vendor_id: uuid.UUID, letter_id: uuid.UUID, *, actor: Actor
) -> Letter:
    """Tries a letter anew that was given up; one that was not is left alone."""
    letter = session.scalar(
        select(Letter).where(Letter.vendor_id == vendor_id, Letter.id == letter_id)
    )
    if letter is None:
        raise NotFound
    if outbox.revive(session, f"mail.{letter.kind}", {"letter": str(letter.id)}):
        letter.failed_at = None
        session.flush()
        audit.record(session, Action.JOB_RETRIED, actor=actor, subject=letter, letter=letter.kind)
    return letter


def failed(session: KitSession, vendor_id: uuid.UUID) -> Sequence[Letter]:
    """Letters that were given up, newest first, for «Retry»."""
    rows = select(Letter).where(
        Letter.vendor_id == vendor_id,
        Letter.failed_at.is_not(None),
        Letter.error.is_distinct_from(OUTDATED),
    )
    return session.scalars(rows.order_by(Letter.created_at.desc()).limit(100)).all()


def give_up_lost(session: UnitOfWork) -> int:
    """Marks letters whose jobs died together with their workers; how many, a part at a time."""
    job = Job.payload["letter"].astext == sql_cast(Letter.id, Text)
    dead = select(Job.id).where(Job.kind == "mail." + Letter.kind, job, Job.dead_at.is_not(None))
    waiting = (Letter.sent_at.is_(None), Letter.failed_at.is_(None), dead.exists())
    lost = select(Letter).where(*waiting).limit(_BATCH).with_for_update(skip_locked=True)
    letters = session.scalars(lost).all()
    for letter in letters:
        letter.error = letter.error or _LOST
        _given_up(session, letter)
    return len(letters)


def _not_sent(task: Task, letter_id: uuid.UUID, error: Exception) -> None:
    with transaction(task.engine, task.kit) as session:
        letter = session.get_one(Letter, letter_id)
        letter.error = str(redact(f"{type(error).__name__}: {error}"))[:_ERROR_MAX]
        if task.attempt >= ATTEMPTS:
            _given_up(session, letter)


def _given_up(session: UnitOfWork, letter: Letter) -> None:
    letter.failed_at = session.now()
    session.flush()
    audit.record(
        session,
        Action.MAIL_FAILED,
        actor=SYSTEM,
        subject=letter,
        letter=letter.kind,
        error=letter.error,
    )


def server_of(session: KitSession, vendor_id: uuid.UUID) -> Server:
    """The vendor's mail server with its password."""
    vendor = session.get_one(Vendor, vendor_id)
    if vendor.smtp is None:
        raise MailNotConfigured(missing=Lazy(N_("the mail server in the settings")))
    password = ""
    if vendor.smtp_password is not None:
        try:
            opened = session.kit.keyring.open("seal", vendor.smtp_password, _aad(vendor))
        except CannotOpenError:
            raise MailNotConfigured(missing=Lazy(N_("the password of the mail server"))) from None
        password = opened.decode()
    return Server(**cast("dict[str, str]", vendor.smtp), password=password)  # type: ignore[arg-type] # its shape was checked when it was set


def set_mail(
    session: UnitOfWork,
    vendor: Vendor,
    command: SetMail,
    *,
    actor: Actor,
    version: int | None = None,
) -> Vendor:
    """Another mail server, or none; the password is written and never shown.

    It goes to no server that it was not given for: another one asks for it anew.
    """
    session.hold(vendor, version)
    server = command.server.model_dump(mode="json") if command.server else None
    if server is not None and not command.password and _would_tell(vendor, server):
        raise ValidationFailed.at({"/password": PASSWORD_ANEW})
    changes = audit.amend(vendor, {"smtp": server})
    if server is None:
        vendor.smtp_password = None
    elif command.password:
        sealed = session.kit.keyring.seal("seal", command.password.encode(), _aad(vendor))
        vendor.smtp_password = sealed
        changes["password_changed"] = True
    if changes:
        session.flush()
        audit.record(
            session, Action.VENDOR_SETTINGS_UPDATED, actor=actor, subject=vendor, **changes
        )
    return vendor


def send_test(session: UnitOfWork, vendor: Vendor, to: To) -> Letter:
    """A letter that proves the settings; what became of it is on the settings' page."""
    return queue(session, "test", to, vendor)


def forget_old(session: UnitOfWork) -> int:
    """Deletes the next batch of letters that were kept long enough; how many."""
    old = Letter.created_at < session.now() - KEPT
    part = select(Letter.id).where(old).limit(_BATCH).with_for_update(skip_locked=True)
    statement = delete(Letter).where(Letter.id.in_(part))
    return session.change(statement.execution_options(synchronize_session=False))


def _would_tell(vendor: Vendor, server: dict[str, object]) -> bool:
    """Whether the password that is known would go another way than the one it was given for."""
    if vendor.smtp is None or vendor.smtp_password is None:
        return False
    way = ("host", "port", "security", "username")
    return any(vendor.smtp.get(name) != server[name] for name in way)


def _aad(vendor: Vendor) -> bytes:
    return f"{vendor.id}:smtp".encode()
