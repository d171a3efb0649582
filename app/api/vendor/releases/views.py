"""How releases are told, and what their routes have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Response

from app.accounts.schemas import Permission
from app.accounts.service.tokens import Principal
from app.api.answers import tag
from app.api.auth import LanguageDep, Scoped
from app.catalog.models import Release
from app.catalog.queries import releases as reads
from app.catalog.queries.comparison import file_remarks, objects_of
from app.catalog.queries.releases import Shown
from app.catalog.schemas.editing import remarks
from app.catalog.schemas.remarks import Remark
from app.catalog.schemas.rules import RuleRow
from app.catalog.schemas.views import (
    DocumentView,
    FileObject,
    FileView,
    ReleaseCard,
    ReleaseView,
    RulesView,
    WarningView,
)
from app.kit.db import KitSession
from app.kit.i18n import Language

Reader = Annotated[Principal, Depends(Scoped(Permission.CATALOG_READ))]
Writer = Annotated[Principal, Depends(Scoped(Permission.CATALOG_WRITE))]
Publisher = Annotated[Principal, Depends(Scoped(Permission.RELEASES_PUBLISH))]
Either = Annotated[
    Principal, Depends(Scoped(Permission.CATALOG_WRITE, other=Permission.RELEASES_PUBLISH))
]
"""A draft takes the first permission, what was published the second: `require` asks again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the tag of an answer goes, and the language of its texts."""

    response: Response
    language: Language


def _answer(response: Response, language: LanguageDep) -> Answer:
    return Answer(response, language)


AnswerDep = Annotated[Answer, Depends(_answer)]


def view(shown: Shown) -> ReleaseView:
    """A release as lists have it."""
    return ReleaseView.model_validate(shown.release).model_copy(update=_belongings(shown))


def card(session: KitSession, release: Release, answer: Answer) -> ReleaseCard:
    """A release with everything about its file, under the tag of its version."""
    tag(answer.response, release.row_version)
    [shown] = reads.with_files(session, [release])
    objects = objects_of(reads.file_with_contents(session, release))
    more = _belongings(shown) | {
        "own": _objects(objects, "own"),
        "adopted": _objects(objects, "adopted"),
        "warnings": told(file_remarks(session, release), answer.language),
    }
    return ReleaseCard.model_validate(release).model_copy(update=more)


def rules_view(session: KitSession, release: Release, answer: Answer) -> RulesView:
    """The current rules of a release, under the tag of the release's version."""
    tag(answer.response, release.row_version)
    rows = [RuleRow.model_validate(row.rule) for row in reads.rules_of(session, release)]
    of_set = reads.rules_version_of(session, release)
    return RulesView(
        rules_version=release.rules_version,
        reason=of_set.reason if of_set else None,
        rules=rows,
        warnings=told(remarks(rows), answer.language),
    )


def told(found: Iterable[Remark], language: Language) -> list[WarningView]:
    """Remarks in the language of the answer."""
    return [
        WarningView(
            code=each.code,
            text=each.text.ru if language == "ru" else each.text.en,
            rules=list(each.rules),
        )
        for each in found
    ]


def _belongings(shown: Shown) -> dict[str, Any]:
    return {
        "extension": shown.extension.code,
        "version": shown.release.version or None,
        "artifact": FileView.model_validate(shown.file) if shown.file else None,
        "documents": [DocumentView.model_validate(each) for each in shown.documents],
    }


def _objects(objects: Sequence[dict[str, Any]], origin: str) -> list[FileObject]:
    return [FileObject.model_validate(each) for each in objects if each["origin"] == origin]
