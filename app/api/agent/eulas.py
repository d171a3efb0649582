"""The text of a licence agreement."""

import uuid
from typing import Literal

from fastapi import Response

from app.api.auth import Installer
from app.api.routers import of_agents
from app.catalog import queries as catalog
from app.kit.clock import rfc3339
from app.kit.conditional import NOT_MODIFIED, ConditionalRoute
from app.kit.db import ReadSessionDep
from app.kit.problems import (
    AuthRequired,
    NotFound,
    RateLimited,
    TokenInvalid,
    ValidationFailed,
    problems,
)
from app.licensing.problems import KeyMalformed, KeyNotFound, KeyRevoked
from app.trust import queries as trust
from wire.extensions import EulaResponse, EulaText

router = of_agents("/eulas", ConditionalRoute)


@router.get(
    "/{eula_id}",
    responses=NOT_MODIFIED
    | problems(
        AuthRequired,
        TokenInvalid,
        KeyMalformed,
        KeyNotFound,
        KeyRevoked,
        RateLimited,
        NotFound,
        ValidationFailed,
    ),
)
def eula(
    session: ReadSessionDep,
    caller: Installer,
    eula_id: uuid.UUID,
    response: Response,
    locale: Literal["ru", "en"] = "ru",
) -> EulaResponse:
    """One agreement; where there is no English text, the Russian one."""
    row, product = catalog.eula_with_product(session, caller.vendor_id, eula_id)
    english = locale == "en" and row.text_en is not None
    text = row.text_en if english else row.text_ru
    sha256 = row.sha256_en if english else row.sha256_ru
    response.headers["ETag"] = f'"{sha256}"'
    return EulaResponse(
        eula=EulaText(
            id=str(row.id),
            product=product.code,
            number=row.number,
            effective_from=row.effective_from.isoformat(),
            locale="en" if english else "ru",
            text=text or "",
            sha256=sha256 or "",
        ),
        server_time=rfc3339(session.now()),
        trust=trust.answer(session, caller.vendor_id),
    )
