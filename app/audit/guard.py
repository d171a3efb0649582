"""Nothing is committed unaudited: notes what is written and refuses a commit without an event."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from app.audit.service import write_pending
from app.kit.db import Base, UnitOfWork


class UnauditedWriteError(Exception):
    """A verb changed audited rows and recorded nothing: a defect, never a user's fault."""


def _note(session: UnitOfWork, model: type[Any]) -> None:
    if issubclass(model, Base) and model.__audited__:
        session.written.append(model)


@event.listens_for(UnitOfWork, "before_flush")
def _note_flush(session: Session, _: UOWTransaction, __: object) -> None:
    assert isinstance(session, UnitOfWork)  # noqa: S101 - the listener's own target
    for row in (*session.new, *session.dirty, *session.deleted):
        if row not in session.dirty or session.is_modified(row):
            _note(session, type(row))


@event.listens_for(UnitOfWork, "do_orm_execute")
def _note_bulk(state: ORMExecuteState) -> None:
    mapper = state.bind_mapper
    changes = state.is_insert or state.is_update or state.is_delete
    if not changes or mapper is None or not isinstance(state.session, UnitOfWork):
        return
    # A mapper that a condition only reads is taken for the statement's own.
    written = getattr(state.statement, "table", None)
    if written is None or written.description == mapper.local_table.description:
        _note(state.session, mapper.class_)


@event.listens_for(UnitOfWork, "before_commit")
def _refuse_unaudited(session: Session) -> None:
    # The event fires for savepoints too; only the outer commit writes the chain.
    if not isinstance(session, UnitOfWork) or session.in_nested_transaction():
        return
    session.flush()
    if session.written and not session.pending:
        raise UnauditedWriteError(", ".join(sorted({model.__name__ for model in session.written})))
    write_pending(session)
    session.forget()
