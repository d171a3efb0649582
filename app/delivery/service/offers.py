"""What fits an infobase and may be had with a key."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.delivery.queries.acceptances import Agreements, agreements
from app.delivery.queries.availability import Asked
from app.delivery.queries.catalogue import published
from app.delivery.queries.decide import Decision, Row, decide
from app.delivery.schemas import Wish
from app.kit.db import UnitOfWork
from app.kit.problems import Problem
from app.licensing.models import EntitlementStatus
from app.licensing.queries.checks import trials_available
from app.licensing.queries.rights import KeyRights, key_rights
from app.licensing.queries.status import require_key
from app.licensing.service.checklog import Told, note_afterwards
from app.licensing.service.keys import InstallerPrincipal
from onec.reasons import Code

_WITHDRAWN = EntitlementStatus.WITHDRAWN


@dataclass(frozen=True, slots=True)
class Offers:
    """The decision with what an answer needs to show it."""

    rights: KeyRights
    agreements: Agreements
    decision: Decision
    trials: Mapping[uuid.UUID, str]
    """Codes of the products that the key may still try out, by id."""

    def trial_of(self, row: Row) -> str | None:
        """The product whose trial would open the release, unless the key has it already."""
        if row.entitled is not None and row.entitled.entitlement.status != _WITHDRAWN:
            return None
        return self.trials.get(row.release.extension.trial_product_id)


def offers(session: UnitOfWork, wish: Wish, *, caller: InstallerPrincipal) -> Offers:
    """Judges the vendor's whole catalogue for one infobase; that nothing fits is noted."""
    uid = wish.infobase.id if wish.infobase else caller.infobase_uid
    caller.require_infobase(uid)
    rights = key_rights(session, caller.vendor_id, caller.key_id, infobase_uid=uid)
    try:
        require_key(rights)
    except Problem as problem:
        note_afterwards(session, _told(wish, uid, problem.code), caller)
        raise
    catalogue = published(session, rights.vendor)
    lines = [line for code, line in catalogue.lines.items() if wish.extension in (None, code)]
    asked = Asked(
        channel=wish.channel,
        untested=wish.show_untested,
        infobase_uid=uid,
        installed=wish.installed,
    )
    decision = decide(rights, lines, wish.compiled(), asked)
    _note_refusals(session, wish, uid, decision, caller)
    trials = trials_available(session, rights)
    return Offers(rights, agreements(session, rights), decision, trials)


def _note_refusals(
    session: UnitOfWork,
    wish: Wish,
    uid: uuid.UUID | None,
    decision: Decision,
    caller: InstallerPrincipal,
) -> None:
    """Support sees later why an extension had nothing to offer."""
    if not decision.nearest:
        return
    rows = sorted(decision.nearest, key=lambda row: row.code is Code.PRODUCT_MISSING)
    refusals: list[dict[str, object]] = [
        {
            "extension": row.release.extension.code,
            "version": row.release.version,
            "code": row.code.value,
            "params": dict(row.params),
        }
        for row in rows
    ]
    note_afterwards(session, _told(wish, uid, rows[0].code.value, refusals), caller)


def _told(
    wish: Wish, uid: uuid.UUID | None, code: str, refusals: Sequence[dict[str, object]] = ()
) -> Told:
    kind = wish.infobase_kind
    facts = {
        "configuration_name": wish.configuration.name or None,
        "configuration_version": wish.configuration.version or None,
        "platform_version": wish.platform_version,
        "infobase_kind": kind.value if kind else None,
    }
    return Told(kind="offers", code=code, infobase_uid=uid, refusals=refusals, facts=facts)
