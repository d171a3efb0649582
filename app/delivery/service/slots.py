"""How many transfers of a key run at once, over all processes; a lost one frees itself."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, delete, update
from sqlalchemy.dialects.postgresql import insert

from app.delivery.models import DownloadSlot
from app.delivery.problems import DownloadLimit
from app.kit.db import Kit, UnitOfWork, new_id, transaction

PARALLEL: Final = 4
_HELD: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot that one transfer holds."""

    engine: Engine | Connection
    kit: Kit
    key_id: uuid.UUID
    holder: uuid.UUID
    seconds: float = 20

    def renew(self) -> None:
        """Keeps it for another minute."""
        with transaction(self.engine, self.kit) as session:
            values = {"held_until": session.now() + _HELD}
            session.change(update(DownloadSlot).where(*self._own).values(values))

    def release(self) -> None:
        """Lets the next transfer have it."""
        with transaction(self.engine, self.kit) as session:
            session.change(delete(DownloadSlot).where(*self._own))

    @property
    def _own(self) -> tuple[ColumnElement[bool], ...]:
        return DownloadSlot.key_id == self.key_id, DownloadSlot.holder == self.holder


def take(session: UnitOfWork, key_id: uuid.UUID) -> Slot:
    """A free slot of the key, or DOWNLOAD_LIMIT; it counts from the commit on."""
    now, holder = session.now(), new_id()
    values = {"holder": holder, "held_until": now + _HELD}
    for number in range(PARALLEL):
        statement = insert(DownloadSlot).values(key_id=key_id, number=number, **values)
        taken = session.insert_once(
            statement.on_conflict_do_update(
                index_elements=[DownloadSlot.key_id, DownloadSlot.number],
                set_=values,
                where=DownloadSlot.held_until <= now,
            ).returning(DownloadSlot.holder)
        )
        if taken is not None:
            return Slot(session.get_bind(), session.kit, key_id, holder)
    raise DownloadLimit(max=PARALLEL, n=10)
