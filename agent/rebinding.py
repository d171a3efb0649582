"""Seats of an infobase that was moved: each follows it to its new id, through the server."""

import platform
from contextlib import closing

from agent import VERSION
from agent.client import Client
from agent.clock import local_time
from agent.context import Context
from agent.errors import AgentError, Refusal, fill, filled
from agent.rights import person
from agent.transport import ServerRefused
from wire.licenses import ActivatedInfobase, ActivationRequest, RebindRequest, RebindResponse
from wire.problems import Sentence

_SERVER_FAILED = 500
_QUOTA = "TRANSFER_QUOTA_EXCEEDED"
_LEFT = Sentence(
    "Место продукта {product} не перенесено: ключ для {server} здесь не сохранён",
    "The seat of {product} was not moved: no key for {server} is kept here",
)
_NOT_BEFORE = Sentence(
    "Переносов больше нет до {day}, база остаётся на прежнем месте. Тогда повторите команду, или"
    " обратитесь к вендору",
    "No transfers are left until {day}, the infobase stays where it was. Repeat the command then,"
    " or contact the vendor",
)


class NoTransferLeft(Refusal):
    """The seat cannot be moved before an instant."""

    def __init__(self, refused: ServerRefused, available: str, fact: Sentence) -> None:
        super().__init__(refused.code, refused.exit, fact)
        self._available = available

    def facts(self) -> dict[str, object]:
        return {"available_at": self._available}


def move_seats(
    context: Context, old: ActivatedInfobase, new: ActivatedInfobase
) -> list[dict[str, object]]:
    """Move every seat; what a server refuses is raised, and all of it may be repeated.

    A seat that is bound to the new id already is no transfer.
    """
    moved: list[dict[str, object]] = []
    for server, product in context.vault.seats(old.id):
        client = context.client_of(server)
        if client is None:
            text = fill(_LEFT, context.lang, product=product, server=server)
            context.console.warn("SEAT_LEFT", text, product=product, server=server)
            continue
        with closing(client):
            answer = _move(context, client, product, (old, new))
        context.vault.move_seat(server, product, old.id, new.id)
        _forget(context, (server, product, old.id))  # last: until here it can be repeated
        moved.append(
            {
                "server": server,
                "product": product,
                "activation": answer.activation.id,
                "transfers_used": answer.transfers.used,
                "transfers_max": answer.transfers.max,
            }
        )
    return moved


def _move(
    context: Context,
    client: Client,
    product: str,
    way: tuple[ActivatedInfobase, ActivatedInfobase],
) -> RebindResponse:
    """Which seat is being moved is written down first: a lost answer must not cost another one."""
    old, new = way
    journal, name = context.journal, (client.server, product, old.id)
    here, user = platform.node(), person()
    rows = journal.rows(
        "SELECT activation FROM rebinds WHERE server = ? AND product = ? AND old = ?", *name
    )
    if rows:
        activation = rows[0]["activation"]
    else:
        # asking for the seat that there is takes no second one, and tells its id
        seat = client.activate(ActivationRequest(product, old, here, user, VERSION))
        context.vault.keep_token(client.server, old.id, product, seat.installation_token)
        activation = seat.activation.id
        with journal.transaction() as db:
            db.execute("INSERT INTO rebinds VALUES (?, ?, ?, ?)", (*name, activation))
    token = context.vault.token(client.server, old.id, product) or ""
    try:
        return client.rebind(activation, RebindRequest(new, here, user, VERSION), token)
    except ServerRefused as refused:
        if refused.status < _SERVER_FAILED:  # else it may have been done all the same
            _forget(context, name)
        raise _dated(refused) from None


def _dated(refused: ServerRefused) -> AgentError:
    """The refusal itself; that no transfer is left names its day as people read it."""
    available = str(refused.params.get("available_at") or "")
    if refused.code != _QUOTA or not available:
        return refused
    try:
        day = local_time(available)
    except ValueError:
        return refused
    return NoTransferLeft(refused, available, filled(_NOT_BEFORE, day=day))


def _forget(context: Context, name: tuple[str, str, str]) -> None:
    with context.journal.transaction() as db:
        db.execute("DELETE FROM rebinds WHERE server = ? AND product = ? AND old = ?", name)
