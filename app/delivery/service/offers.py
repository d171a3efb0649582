"""What fits an infobase and may be had with a key."""

from dataclasses import dataclass

from app.catalog import queries as catalog
from app.delivery.queries.acceptances import Agreements, agreements
from app.delivery.queries.decide import Decision, decide
from app.delivery.schemas import Wish
from app.kit.db import KitSession
from app.licensing.queries.rights import KeyRights, key_rights
from app.licensing.queries.status import require_key
from app.licensing.service.keys import InstallerPrincipal


@dataclass(frozen=True, slots=True)
class Offers:
    """The decision with what an answer needs to show it."""

    rights: KeyRights
    agreements: Agreements
    decision: Decision


def offers(session: KitSession, wish: Wish, *, caller: InstallerPrincipal) -> Offers:
    """Judges the vendor's whole catalogue for one infobase; writes nothing."""
    uid = wish.infobase.id if wish.infobase else caller.infobase_uid
    caller.require_infobase(uid)
    rights = key_rights(session, caller.vendor_id, caller.key_id, infobase_uid=uid)
    require_key(rights)
    listed = catalog.listed(session, caller.vendor_id)
    if wish.extension is not None:
        listed = [row for row in listed if row.extension.code == wish.extension]
    decision = decide(
        rights,
        listed,
        wish.compiled(),
        channel=wish.channel,
        untested=wish.show_untested,
        installed=wish.installed,
    )
    return Offers(rights, agreements(session, rights), decision)
