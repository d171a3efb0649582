"""Keys of another system, taken over with the codes that customers already have."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.customers import queries as customers
from app.customers.models import Customer
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_
from app.kit.problems import ValidationFailed
from app.licensing.models import LicenseKey
from app.licensing.problems import KeyCodeExists
from app.licensing.queries import keys
from app.licensing.schemas import ImportedKey, ImportKeys
from app.licensing.service.keys import code_row
from wire import codes

_MALFORMED = ("key_malformed", N_("A code has 16 to 64 letters A-Z and digits, and is no coupon"))
_NO_CUSTOMER = ("no_customer", N_("There is no open customer with this id"))


def import_keys(
    session: UnitOfWork, vendor_id: uuid.UUID, command: ImportKeys, *, actor: Actor
) -> Sequence[LicenseKey]:
    """New, empty keys under their old codes, all or none; each has its event.

    Refusals name bad rows by their place in the list, from 0.
    """
    read = [_read(row.code) for row in command.keys]
    owners = customers.open_customers(session, vendor_id, {row.customer_id for row in command.keys})
    _require_sound(command.keys, read, owners)
    sound = [code for code in read if code is not None]
    _require_new(session, command.keys, sound)
    made = [
        _key(session, vendor_id, row, code) for row, code in zip(command.keys, sound, strict=True)
    ]
    try:
        with session.savepoint():
            session.add_all(made)
            session.flush()
            session.add_all(
                code_row(session, key, code, kind="legacy")
                for key, code in zip(made, sound, strict=True)
            )
    except IntegrityError:  # somebody else brought one of them meanwhile
        raise KeyCodeExists from None
    for key in made:
        company = owners[key.customer_id].company
        audit.record(
            session, Action.LICENSE_KEY_IMPORTED, actor=actor, subject=key, customer=company
        )
    return made


def _read(text: str) -> codes.Code | None:
    """The code, unless it has no code's shape; a sound coupon would never be asked for as a key."""
    try:
        codes.normalise(text, codes.CodeKind.COUPON)
    except codes.MalformedCodeError:
        pass
    else:
        return None
    try:
        return codes.normalise_legacy(text)
    except codes.MalformedCodeError:
        return None


def _require_sound(
    rows: Sequence[ImportedKey],
    read: Sequence[codes.Code | None],
    owners: Mapping[uuid.UUID, Customer],
) -> None:
    faults = {}
    for number, (row, code) in enumerate(zip(rows, read, strict=True)):
        if code is None:
            faults[f"/keys/{number}/code"] = _MALFORMED
        if row.customer_id not in owners:
            faults[f"/keys/{number}/customer_id"] = _NO_CUSTOMER
    if faults:
        raise ValidationFailed.at(faults)


def _require_new(
    session: UnitOfWork, rows: Sequence[ImportedKey], read: Sequence[codes.Code]
) -> None:
    """Refuses codes that are there already, also as one of ours, or twice in the list."""
    digests = [{code.digest, *_native(row.code)} for row, code in zip(rows, read, strict=True)]
    times = Counter(digest for each in digests for digest in each)
    known = keys.taken_digests(session, times.keys())
    known |= {digest for digest, count in times.items() if count > 1}
    taken = [number for number, each in enumerate(digests) if not known.isdisjoint(each)]
    if taken:
        raise KeyCodeExists(keys=taken)


def _native(text: str) -> list[bytes]:
    """The digest that the text would have as a key of ours, which is looked up first."""
    try:
        return [codes.normalise(text, codes.CodeKind.KEY).digest]
    except codes.MalformedCodeError:
        return []


def _key(
    session: UnitOfWork, vendor_id: uuid.UUID, row: ImportedKey, code: codes.Code
) -> LicenseKey:
    return LicenseKey(
        id=new_id(),
        vendor_id=vendor_id,
        created_at=session.now(),
        customer_id=row.customer_id,
        hint=code.hint,
        comment=row.comment,
    )
