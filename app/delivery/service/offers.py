"""What fits an infobase and may be had with a key: decided from what was read, nothing is read."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.delivery.queries.acceptances import Agreements
from app.delivery.queries.availability import Asked, by_name
from app.delivery.queries.catalogue import Catalogue
from app.delivery.queries.decide import Decision, Row, decide
from app.delivery.queries.examining import examined
from app.delivery.schemas import Wish
from app.kit.problems import plain
from app.licensing.models import EntitlementStatus
from app.licensing.queries.facts import Rights
from app.licensing.service.checklog import Told
from onec.reasons import Code

_WITHDRAWN = EntitlementStatus.WITHDRAWN


@dataclass(frozen=True, slots=True)
class Offers:
    """The decision with what an answer needs to show it."""

    rights: Rights
    agreements: Agreements
    decision: Decision
    trials: Mapping[uuid.UUID, str]
    """Codes of the products that the key may still try out, by id."""

    def trial_of(self, row: Row) -> str | None:
        """The product whose trial would open the release, unless the key has it already."""
        if row.entitled is not None and row.entitled.entitlement.status != _WITHDRAWN:
            return None
        return self.trials.get(row.release.extension.trial_product_id)


def weigh(rights: Rights, catalogue: Catalogue, wish: Wish, uid: uuid.UUID | None) -> Decision:
    """Judges the vendor's catalogue for one infobase."""
    asked = Asked(
        channel=wish.channel,
        untested=wish.show_untested,
        infobase_uid=uid,
        installed=by_name(wish.installed),
    )
    lines = examined(catalogue, wish.compiled(), wish.extension)
    return decide(rights, lines, asked, everything=wish.show_all)


def told_in_vain(
    wish: Wish, uid: uuid.UUID | None, nearest: Sequence[Row], catalogue: Catalogue
) -> Told | None:
    """What support sees later of extensions that had nothing to offer; None if all had."""
    if not nearest:
        return None
    rows = sorted(nearest, key=_is_missing)
    return told(wish, uid, rows[0].code.value, [_refusal(row, catalogue) for row in rows])


def _is_missing(row: Row) -> bool:
    return row.is_missing or row.code is Code.PRODUCT_MISSING


def _refusal(row: Row, catalogue: Catalogue) -> bytes:
    kept = catalogue.memory.parts if row.is_missing else row.said
    if kept is None:
        return _made_refusal(row)
    made: bytes | None = kept.get(row.release.id)
    if made is None:
        made = kept[row.release.id] = _made_refusal(row)
    return made


def _made_refusal(row: Row) -> bytes:
    refusal = {
        "extension": row.release.extension.code,
        "version": row.release.version,
        "code": row.code.value,
        "params": plain(row.params),
    }
    return _encode(refusal).encode()


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def told(wish: Wish, uid: uuid.UUID | None, code: str, refusals: Sequence[bytes] = ()) -> Told:
    """An answer to a wish, for the check log."""

    def facts() -> dict[str, str | None]:
        kind = wish.infobase_kind
        return {
            "configuration_name": wish.configuration.name or None,
            "configuration_version": wish.configuration.version or None,
            "platform_version": wish.platform_version,
            "infobase_kind": kind.value if kind else None,
        }

    return Told(kind="offers", code=code, infobase_uid=uid, refusals=refusals, facts=facts)
