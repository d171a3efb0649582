"""Cases: opened by a look-up, annotated, solved, taken along as a file; all of it is history."""

import uuid

from app.audit import service as audit
from app.audit.actor import Actor, Subject
from app.audit.models import Action
from app.audit.service import HasSubject
from app.kit.db import UnitOfWork
from app.support.queries import story
from app.support.schemas import Annotate, Kind


def open_case(session: UnitOfWork, subject: Subject, *, actor: Actor) -> None:
    """Somebody of support looks at a story."""
    audit.record(session, Action.SUPPORT_CASE_OPENED, actor=actor, subject=subject)


def annotate(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    kind: Kind,
    ident: str,
    command: Annotate,
    *,
    actor: Actor,
) -> Subject:
    """Adds a note to a story."""
    return _write(session, Action.SUPPORT_ANNOTATED, (vendor_id, kind, ident), command, actor)


def resolve(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    kind: Kind,
    ident: str,
    command: Annotate,
    *,
    actor: Actor,
) -> Subject:
    """Says that a case is solved, and how."""
    return _write(session, Action.SUPPORT_RESOLVED, (vendor_id, kind, ident), command, actor)


def _write(
    session: UnitOfWork,
    action: Action,
    case: tuple[uuid.UUID, Kind, str],
    command: Annotate,
    actor: Actor,
) -> Subject:
    subject = story.about(session, *case).subject
    audit.record(session, action, actor=actor, subject=subject, text=command.text)
    return subject


def record_export(
    session: UnitOfWork, subject: HasSubject, *, actor: Actor, **told: object
) -> None:
    """A case or the log leaves as a file."""
    audit.record(session, Action.AUDIT_EXPORTED, actor=actor, subject=subject, **told)
