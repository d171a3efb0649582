"""Customers of another system, taken over with the keys that they have: every line or none."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.audit.actor import Actor
from app.audit.models import Action
from app.customers import queries
from app.customers import service as customers
from app.customers.models import Customer
from app.customers.problems import CustomerExists
from app.customers.schemas import CreateCustomer
from app.kit.db import UnitOfWork
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed
from app.licensing.problems import KeyCodeExists
from app.licensing.schemas import ImportedKey, ImportKeys
from app.licensing.schemas.takeover import TakenCustomer
from app.licensing.service.imports import import_keys

_BAD_LINES = ("bad_lines", N_("Lines with errors stop the import; nothing was taken over"))


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said about a field of a line, a message id; `stops`: nothing is taken over."""

    line: int
    field: str
    text: str
    stops: bool = True


@dataclass(slots=True)
class TakenOver:
    """What was taken over, or would be."""

    customers: int = 0
    keys: int = 0
    remarks: list[Remark] = field(default_factory=list)

    @property
    def stopped(self) -> bool:
        """Whether some line cannot be taken over."""
        return any(remark.stops for remark in self.remarks)


def preview_takeover(
    session: UnitOfWork, vendor_id: uuid.UUID, lines: Sequence[TakenCustomer], *, actor: Actor
) -> TakenOver:
    """The takeover itself, undone."""
    with session.savepoint(undo=True):
        return _take(session, vendor_id, lines, actor)


def take_over(
    session: UnitOfWork, vendor_id: uuid.UUID, lines: Sequence[TakenCustomer], *, actor: Actor
) -> TakenOver:
    """Makes the customers and their empty keys; VALIDATION_FAILED if one line cannot be."""
    done = _take(session, vendor_id, lines, actor)
    if done.stopped:
        raise ValidationFailed.at({"/text": _BAD_LINES})
    return done


def _take(
    session: UnitOfWork, vendor_id: uuid.UUID, lines: Sequence[TakenCustomer], actor: Actor
) -> TakenOver:
    done = TakenOver()
    made: dict[tuple[str, str], Customer] = {}
    partners = {
        name.casefold(): one for one, name in queries.distributor_names(session, vendor_id).items()
    }
    keyed: list[tuple[int, ImportedKey]] = []
    for each in lines:
        who = (each.company.casefold(), each.email.casefold())
        if who not in made:
            command, remarks = _command(session, vendor_id, each, partners)
            done.remarks += remarks
            try:
                made[who] = customers.create(
                    session, vendor_id, command, actor=actor, action=Action.CUSTOMER_IMPORTED
                )
            except CustomerExists as problem:
                done.remarks.append(Remark(each.line, "external_ref1", problem.title))
        elif not each.license_key:
            said = N_("The same customer stands in an earlier line")
            done.remarks.append(Remark(each.line, "company", said))
        if each.license_key and who in made:
            key = ImportedKey(code=each.license_key, customer_id=made[who].id)
            keyed.append((each.line, key))
    done.customers, done.keys = len(made), len(keyed)
    done.remarks += _take_keys(session, vendor_id, keyed, actor)
    return done


def _command(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    each: TakenCustomer,
    partners: dict[str, uuid.UUID],
) -> tuple[CreateCustomer, list[Remark]]:
    remarks = []
    told = each.model_dump(exclude={"line", "distributor", "license_key"})
    if each.distributor:
        told["distributor_id"] = partners.get(each.distributor.casefold())
        if told["distributor_id"] is None:
            remarks.append(
                Remark(each.line, "distributor", N_("There is no distributor of this name"))
            )
    if queries.similar(session, vendor_id, each.inn, each.email):
        said = N_("A customer with this INN or e-mail is there already")
        remarks.append(Remark(each.line, "company", said, stops=False))
    return CreateCustomer.model_validate(told), remarks


def _take_keys(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    keyed: Sequence[tuple[int, ImportedKey]],
    actor: Actor,
) -> Iterator[Remark]:
    if not keyed:
        return
    try:
        wish = ImportKeys(keys=[key for _, key in keyed])
        import_keys(session, vendor_id, wish, actor=actor)
    except ValidationFailed as problem:
        for error in problem.errors:
            place = int(error["pointer"].split("/")[2])
            yield Remark(keyed[place][0], "license_key", error["detail"])
    except KeyCodeExists as problem:
        places = problem.params.get("keys", range(len(keyed)))
        assert isinstance(places, list | range)  # noqa: S101 - as import_keys raises it
        for place in places:
            yield Remark(keyed[place][0], "license_key", problem.title)
