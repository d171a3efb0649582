"""«Who gets it?»: one infobase tried on all releases, and all known infobases on this one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel

from app.cabinet.auth import Viewer
from app.cabinet.formrows import Row
from app.cabinet.releases import shape
from app.cabinet.releases.frames import Frame, Reader, frame
from app.cabinet.routers import pages
from app.cabinet.templates import fragment, page
from app.catalog.queries import releases as reads
from app.catalog.schemas.rules import RuleRow
from app.catalog.schemas.rulesets import EvaluateRules
from app.delivery.queries.looking import infobases_like
from app.delivery.queries.reach import Reach, reach, reached
from app.delivery.queries.spread import Holder
from app.delivery.queries.trying import Trial, nearest, trials
from app.kit.db import KitSession, ReadSessionDep
from app.kit.fields import LongSaid
from app.kit.i18n import N_
from app.kit.paging import Page, Rows
from app.kit.problems import ValidationFailed, command
from app.kit.web.forms import Fields, FieldsDep, Form, form, refusal
from app.licensing.queries.infobases import infobase
from app.licensing.service.keys import find, read_key
from onec.reasons import sentence

router = pages("/releases")
_TEMPLATE = "cabinet/releases/audience.html"
_ENVIRONMENT = ("platform_version", "compatibility_mode", "infobase_kind", "channel")
Name = Literal["compatible", "untested", "incompatible", "losing"]


class AskedAudience(BaseModel):
    """Which infobase fills the form, and which list is opened."""

    infobase_id: uuid.UUID | None = None
    show: Name | None = None
    cursor: LongSaid | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A trial as the page tells it."""

    trial: Trial
    reason: str


@dataclass(frozen=True, slots=True)
class Unsaved:
    """Rules that came with the form and are not kept anywhere."""

    rows: Sequence[Row]
    rules: Sequence[RuleRow]


@router.get("/{release_id}/audience")
def audience(
    request: Request,
    session: ReadSessionDep,
    viewer: Reader,
    release_id: uuid.UUID,
    asked: Annotated[AskedAudience, Query()],
) -> Response:
    """The form, filled from a known infobase if one is named, and the reach of the rules."""
    found = frame(session, viewer, release_id, "audience")
    if (refused := refusal(request)) is not None:
        filled, unsaved = form(request, viewer.locale), _readable(refused.fields)
    else:
        first = {"channel": found.release.channel}
        if asked.infobase_id is not None:
            first |= _told_by(session, viewer, asked.infobase_id)
        filled, unsaved = form(request, viewer.locale, first), None
    view = _View(session, viewer, found, unsaved)
    return view.page(request, filled, asked)


@router.post("/{release_id}/audience")
def try_audience(
    request: Request,
    session: ReadSessionDep,
    viewer: Reader,
    release_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """The verdict on every release for the infobase that was described."""
    found = frame(session, viewer, release_id, "audience")
    view = _View(session, viewer, found, _unsaved(fields))
    values: dict[str, list[str]] = {}
    for name, value in fields.shown():
        values.setdefault(name, []).append(value)
    values.setdefault("channel", [found.release.channel])
    taken = command(AskedAudience, fields.given("infobase_id")).infobase_id
    if taken is not None:
        told = _told_by(session, viewer, taken)
        values |= {name: [value or ""] for name, value in told.items()}
    answers = view.answers(fields) if fields.text("do") == "test" else None
    return view.page(request, Form(values), _shown(fields), answers)


def _shown(fields: Fields) -> AskedAudience:
    """The list that a button opens, or its next page: `untested:…`."""
    show, _, cursor = fields.text("more").partition(":")
    told = {"show": show, "cursor": cursor} if cursor else fields.given("show")
    return command(AskedAudience, told)


@router.post("/{release_id}/audience/find")
def find_infobase(
    request: Request,
    session: ReadSessionDep,
    viewer: Reader,
    release_id: uuid.UUID,
    fields: FieldsDep,
) -> Response:
    """Infobases that are meant, while their words are typed."""
    del release_id
    context = _found(session, viewer, fields.text("find"))
    return fragment(request, viewer, "cabinet/releases/_found.html", context)


def _found(session: KitSession, viewer: Viewer, text: str) -> dict[str, object]:
    return {"find": text.strip(), "found": infobases_like(session, viewer.vendor_id, text)}


def _unsaved(fields: Fields) -> Unsaved | None:
    if not fields.has("unsaved"):
        return None
    rows = shape.rows_of(fields)
    return Unsaved(rows, shape.checked(rows).rows)


def _readable(fields: Fields) -> Unsaved | None:
    """The rules of a refused form, those that can be read."""
    if not fields.has("unsaved"):
        return None
    rows = shape.rows_of(fields)
    return Unsaved(rows, [rule for row in rows if (rule := shape.single(row))])


def _told_by(session: KitSession, viewer: Viewer, infobase_id: uuid.UUID) -> dict[str, Any]:
    """What a known infobase last told of itself."""
    row = infobase(session, viewer.vendor_id, infobase_id)
    return {
        "configuration_name": row.configuration_name,
        "configuration_version": row.configuration_version,
        "platform_version": row.platform_version,
        "infobase_kind": row.kind,
    }


@dataclass(frozen=True, slots=True)
class _View:
    session: KitSession
    viewer: Viewer
    frame: Frame
    unsaved: Unsaved | None

    def answers(self, fields: Fields) -> list[Answered]:
        """All releases for the infobase of the form."""
        told: dict[str, Any] = fields.given(*_ENVIRONMENT)
        name = fields.text("configuration_name").strip()
        if not name:
            missing = N_("Name the configuration, as its metadata in 1C do")
            raise ValidationFailed.at({"/configuration_name": ("missing", missing)})
        told["configuration"] = {"name": name, "version": fields.text("configuration_version")}
        told |= {"extension": self.frame.extension.code, "release_id": self.frame.release.id}
        if self.unsaved is not None:
            told["rules"] = list(self.unsaved.rules)
        try:
            wish = command(EvaluateRules, told)
        except ValidationFailed as problem:
            raise _relocated(problem) from None
        found = trials(self.session, self.viewer.vendor_id, wish, self._key(fields))
        return [
            Answered(each, _of_them(sentence(each.code, each.params, self.viewer.locale)))
            for each in found
        ]

    def _key(self, fields: Fields) -> uuid.UUID | None:
        text = fields.text("key").strip()
        if not text:
            return None
        read_key(text)
        key = find(self.session, self.viewer.vendor_id, text)
        if key is None:
            raise ValidationFailed.at({"/key": ("unknown", N_("Licence key not found"))})
        return key.id

    def _reach(self) -> Reach:
        if self.unsaved is not None:
            rules = [rule.compiled() for rule in self.unsaved.rules]
        else:
            release = self.frame.release
            rules = reads.compiled_rules(self.session, [release])[release.id]
        return reach(self.session, self.frame.release, rules)

    def _listed(self, found: Reach, shown: AskedAudience) -> Rows[Holder]:
        if shown.show is None:
            return Rows([], None)
        where = Page(cursor=shown.cursor, filters={"": self.frame.path, "show": shown.show})
        return reached(self.session, self.frame.release, found, shown.show, where)

    def page(
        self,
        request: Request,
        filled: Form,
        shown: AskedAudience,
        answers: Sequence[Answered] | None = None,
    ) -> Response:
        """The whole tab."""
        found = self._reach()
        near = nearest([each.trial for each in answers]) if answers else None
        context = self.frame.context() | {
            "form": filled,
            "unsaved": self.unsaved,
            "kept": shape.flat(self.unsaved.rows) if self.unsaved else {},
            "answers": answers,
            "nearest": next((each for each in answers or () if each.trial is near), None),
            "reach": found,
            "show": shown.show,
            **_found(self.session, self.viewer, filled.value("find")),
            "holders": self._listed(found, shown),
        }
        return page(request, self.viewer, _TEMPLATE, context)


def _of_them(text: str) -> str:
    """A sentence for whoever installs, as the vendor's people read it."""
    return text.replace("у вас", "в базе").replace("you have", "the infobase has")


def _relocated(problem: ValidationFailed) -> ValidationFailed:
    """Errors of the environment as errors of the fields of the form."""
    for error in problem.errors:
        pointer = error["pointer"].replace("/configuration/", "/configuration_")
        error["pointer"] = pointer
    return problem
