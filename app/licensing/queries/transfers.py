"""How often seats were moved by customers, against what products allow."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from app.catalog.models import Product
from app.kit.db import KitSession
from app.licensing.models import Entitlement, Transfer

WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Quota:
    """How often seats of an entitlement may be moved in thirty days, and how often they were."""

    max: int
    used: int


def quotas(
    session: KitSession, held: Iterable[tuple[Entitlement, Product]]
) -> dict[uuid.UUID, Quota]:
    """Transfers of the last thirty days against what each product allows, by entitlement."""
    allowed = {entitlement.id: product.transfer_quota for entitlement, product in held}
    rows = session.execute(
        select(Transfer.entitlement_id, func.count())
        .where(
            Transfer.entitlement_id.in_(allowed),
            Transfer.created_at > session.now() - WINDOW,
        )
        .group_by(Transfer.entitlement_id)
    )
    used = {first: second for first, second in rows}  # noqa: C416 - rows are no pairs
    return {each: Quota(most, used.get(each, 0)) for each, most in allowed.items()}
