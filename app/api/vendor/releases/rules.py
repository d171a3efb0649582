"""The compatibility rules of a release, as a whole set."""

import uuid

from app.accounts.schemas import Permission
from app.api.answers import CHANGE_REFUSALS
from app.api.auth import TOKEN_REFUSALS, IfMatch, require, row_version
from app.api.routers import of_vendors
from app.api.vendor.releases.views import AnswerDep, Either, Reader, rules_view
from app.catalog import queries as catalog
from app.catalog.models import ReleaseStatus
from app.catalog.problems import ReleaseWithdrawn
from app.catalog.schemas.rulesets import ReplaceRules
from app.catalog.schemas.views import RulesView
from app.catalog.service import rules as service
from app.kit.conditional import NOT_MODIFIED, ConditionalRoute
from app.kit.db import ReadSessionDep, SessionDep
from app.kit.problems import Conflict, NotFound, ValidationFailed, problems

router = of_vendors("/releases", ConditionalRoute)


@router.get(
    "/{release_id}/rules",
    responses=NOT_MODIFIED | problems(*TOKEN_REFUSALS, NotFound, ValidationFailed),
)
def get_rules(
    session: ReadSessionDep,
    caller: Reader,
    release_id: uuid.UUID,
    answer: AnswerDep,
) -> RulesView:
    """The rules in force, with what an editor should look at."""
    found = catalog.release(session, caller.vendor_id, release_id)
    return rules_view(session, found, answer)


@router.put(
    "/{release_id}/rules",
    responses=problems(*TOKEN_REFUSALS, NotFound, *CHANGE_REFUSALS, ReleaseWithdrawn, Conflict),
)
def put_rules(
    session: SessionDep,
    caller: Either,
    release_id: uuid.UUID,
    command: ReplaceRules,
    answer: AnswerDep,
    if_match: IfMatch = None,
) -> RulesView:
    """Replaces all rules; of a published release with a reason, under the next `rules_version`."""
    version, vendor_id = row_version(if_match), caller.vendor_id
    found = catalog.release(session, vendor_id, release_id)
    is_draft = found.status == ReleaseStatus.DRAFT
    require(caller, Permission.CATALOG_WRITE if is_draft else Permission.RELEASES_PUBLISH)
    change = service.write_rules if is_draft else service.replace_rules
    made = change(session, vendor_id, release_id, command, version=version, actor=caller.actor)
    return rules_view(session, made, answer)
