"""Seats of an infobase that was moved: each follows it to its new id, through the server."""

import platform
from contextlib import closing

from agent import VERSION
from agent.client import Client
from agent.context import Context
from agent.rights import person
from agent.transport import ServerRefused
from wire.extensions import InfobaseKind
from wire.licenses import ActivatedInfobase, RebindRequest, RebindResponse

_GONE = frozenset({"TOKEN_INVALID", "ACTIVATION_NOT_FOUND"})


def move_seats(context: Context, old: str, infobase: ActivatedInfobase) -> list[dict[str, object]]:
    """Move every seat of the id `old`; what the server refuses is raised, and may be repeated.

    A seat that is bound there already is no transfer; one that was released is forgotten.
    """
    moved: list[dict[str, object]] = []
    for server, product, token in context.vault.seats(old):
        with closing(context.holder_of(server, token)) as client:
            answer = _move(client, infobase)
        context.vault.move_seat(server, product, old, infobase.id)
        if answer is not None:
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


def reference(infobase: str, label: str, kind: InfobaseKind) -> ActivatedInfobase:
    """The infobase as the server is to know it from now on."""
    return ActivatedInfobase(infobase, label, kind)


def _move(client: Client, infobase: ActivatedInfobase) -> RebindResponse | None:
    try:
        seats = client.activations().data
        own = next((seat for seat in seats if seat.this_installation), None)
        if own is None:
            return None
        request = RebindRequest(infobase, platform.node(), person(), VERSION)
        return client.rebind(own.id, request)
    except ServerRefused as refused:
        if refused.code in _GONE:
            return None
        raise
