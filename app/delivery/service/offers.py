"""What fits an infobase and may be had with a key."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from app.delivery.queries.acceptances import Agreements, agreements
from app.delivery.queries.availability import Asked
from app.delivery.queries.catalogue import published
from app.delivery.queries.decide import Decision, Row, decide
from app.delivery.schemas import Wish
from app.kit.db import KitSession
from app.licensing.models import EntitlementStatus
from app.licensing.queries.checks import trials_available
from app.licensing.queries.rights import KeyRights, key_rights
from app.licensing.queries.status import require_key
from app.licensing.service.keys import InstallerPrincipal

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


def offers(session: KitSession, wish: Wish, *, caller: InstallerPrincipal) -> Offers:
    """Judges the vendor's whole catalogue for one infobase; writes nothing."""
    uid = wish.infobase.id if wish.infobase else caller.infobase_uid
    caller.require_infobase(uid)
    rights = key_rights(session, caller.vendor_id, caller.key_id, infobase_uid=uid)
    require_key(rights)
    catalogue = published(session, rights.vendor)
    lines = [line for code, line in catalogue.lines.items() if wish.extension in (None, code)]
    asked = Asked(
        channel=wish.channel,
        untested=wish.show_untested,
        infobase_uid=uid,
        installed=wish.installed,
    )
    decision = decide(rights, lines, wish.compiled(), asked)
    trials = trials_available(session, rights)
    return Offers(rights, agreements(session, rights), decision, trials)
