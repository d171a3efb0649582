"""Known configurations, and those that the vendor's infobases run."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.auth import TOKEN_REFUSALS, Scoped
from app.api.routers import of_vendors
from app.catalog.queries.configurations import configurations as shipped
from app.catalog.schemas.views import ConfigurationView, VersionSeen
from app.kit.conditional import NOT_MODIFIED, ConditionalRoute
from app.kit.db import ReadSessionDep
from app.kit.problems import problems
from app.licensing.queries.infobases import configurations_seen
from onec.configuration import Configuration, Edition, canonical

router = of_vendors("/configurations", ConditionalRoute)
Reader = Annotated[Principal, Depends(Scoped(Permission.CATALOG_READ))]


class Configurations(BaseModel):
    """The whole directory; it has no further pages."""

    data: list[ConfigurationView]
    next_cursor: None = None


@router.get("", responses=NOT_MODIFIED | problems(*TOKEN_REFUSALS))
def configurations(session: ReadSessionDep, caller: Reader) -> Configurations:
    """The directory, and behind it what infobases run that it does not know."""
    views = {
        row.key: ConfigurationView(
            name=row.name,
            known=True,
            synonym_ru=row.synonym_ru,
            aliases=row.aliases,
            family=row.family,
            edition=Edition(row.edition),
            versions=[],
        )
        for row in shipped(session)
    }
    for name, version, infobases in configurations_seen(session, caller.vendor_id):
        view = views.setdefault(canonical(name), _unknown(name))
        view.versions.append(VersionSeen(version=version or "", infobases=infobases))
    return Configurations(data=list(views.values()))


def _unknown(name: str) -> ConfigurationView:
    told = Configuration.of(name)
    return ConfigurationView(
        name=told.name,
        known=False,
        synonym_ru=None,
        aliases=[],
        family=told.family,
        edition=told.edition,
        versions=[],
    )
