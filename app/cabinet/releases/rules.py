"""The editor of compatibility rules: a card per rule, its words under it, warnings above all."""

import uuid
from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, ValidationError

from app.cabinet.auth import Viewer
from app.cabinet.formrows import Row
from app.cabinet.releases import shape
from app.cabinet.releases.frames import PATH, Either, Frame, Reader, frame, require_writer
from app.cabinet.routers import pages
from app.cabinet.rulewords import EDITIONS, KINDS, rule_words
from app.cabinet.templates import fragment, page
from app.catalog import queries as catalog
from app.catalog.models import ReleaseStatus
from app.catalog.queries import releases as reads
from app.catalog.queries.configurations import configurations
from app.catalog.schemas.editing import remarks
from app.catalog.schemas.rules import RuleRow
from app.catalog.schemas.rulesets import read_miko_list
from app.catalog.service import rules as service
from app.kit.db import KitSession, ReadSessionDep, SessionDep
from app.kit.i18n import N_, fill
from app.kit.problems import JsonInvalid, ValidationFailed
from app.kit.web.flash import go
from app.kit.web.forms import Fields, FieldsDep, Form, form, refusal
from app.licensing.queries.infobases import configurations_seen
from onec.configuration import Configuration, canonical

router = pages("/releases")
_TEMPLATE = "cabinet/releases/compatibility.html"


class Numbered(BaseModel):
    """Which rule of the form is meant, counted from 0."""

    rule: int = 0


@router.get("/{release_id}/compatibility")
def compatibility(
    request: Request, session: ReadSessionDep, viewer: Reader, release_id: uuid.UUID
) -> Response:
    """The rules in force, or as they were refused."""
    found = frame(session, viewer, release_id, "compatibility")
    refused = refusal(request)
    if refused is None:
        kept = reads.rules_of(session, found.release)
        rows = [shape.as_row(RuleRow.model_validate(rule.rule)) for rule in kept]
        filled = Form(shape.flat(rows), version=found.release.row_version)
    else:
        rows = shape.rows_of(refused.fields)
        filled = form(request, viewer.locale, version=found.release.row_version)
    return _page(request, session, viewer, found, (rows, filled))


@router.post("/{release_id}/compatibility")
def change_compatibility(
    request: Request, session: SessionDep, viewer: Either, release_id: uuid.UUID, fields: FieldsDep
) -> Response:
    """One of the editor's buttons; only the last of them keeps the rules."""
    rows, act = shape.rows_of(fields), fields.text("do")
    if act == "save":
        return _save(request, session, viewer, release_id, fields)
    if act == "miko":
        rows += _miko(fields.text("miko_list"))
    found = frame(session, viewer, release_id, "compatibility")
    rows = shape.moved(rows, act)
    values = shape.flat(rows) | {"reason": [fields.text("reason")]}
    filled = Form(values, version=fields.version())
    return _page(request, session, viewer, found, (rows, filled))


def _save(
    request: Request, session: SessionDep, viewer: Viewer, release_id: uuid.UUID, fields: Fields
) -> Response:
    release = catalog.release(session, viewer.vendor_id, release_id)
    viewer = require_writer(request, viewer, release)
    wish = shape.checked(shape.rows_of(fields), **fields.given("reason"))
    is_draft = release.status == ReleaseStatus.DRAFT
    change = service.write_rules if is_draft else service.replace_rules
    version = fields.version()
    change(session, viewer.vendor_id, release_id, wish, version=version, actor=viewer.actor)
    return go(request, f"{PATH}/{release_id}/compatibility", N_("The rules are saved"))


def _miko(text: str) -> list[Row]:
    try:
        return [shape.as_row(rule) for rule in read_miko_list(text)]
    except (JsonInvalid, ValidationError):
        message = N_("This is no JSON list of conf and min_1c_version")
        raise ValidationFailed.at({"/miko_list": ("miko_list", message)}) from None


@router.post("/{release_id}/compatibility/words")
def words_of_rule(
    request: Request,
    viewer: Reader,
    release_id: uuid.UUID,
    fields: FieldsDep,
    asked: Annotated[Numbered, Query()],
) -> Response:
    """The words of one rule alone, while it is being typed."""
    del release_id
    rows = shape.rows_of(fields)
    row = rows[asked.rule] if 0 <= asked.rule < len(rows) else shape.NEW_ROW
    context = {"number": asked.rule, "said": _words(viewer, [row])[0]}
    return fragment(request, viewer, "cabinet/releases/_words.html", context)


def _words(viewer: Viewer, rows: Sequence[Row]) -> list[str]:
    """Each rule in words; nothing where it cannot be read yet."""
    rules = [shape.single(row) for row in rows]
    return [rule_words(rule, viewer.locale) if rule else "" for rule in rules]


def _page(
    request: Request,
    session: KitSession,
    viewer: Viewer,
    found: Frame,
    edited: tuple[Sequence[Row], Form],
) -> Response:
    rows, filled = edited
    rules = [rule for row in rows if (rule := shape.single(row))]
    known = _known(session, viewer)
    context = found.context() | {
        "form": filled,
        "rows": rows,
        "words_of": _words(viewer, rows),
        "warnings": _warnings(viewer, rules, known) if len(rules) == len(rows) else [],
        "known": sorted(set(known.values())),
        "editions": EDITIONS,
        "kinds": KINDS,
        "is_next": reads.has_earlier(session, found.release),
        "of_set": reads.rules_version_of(session, found.release),
    }
    return page(request, viewer, _TEMPLATE, context)


def _known(session: KitSession, viewer: Viewer) -> dict[str, str]:
    """Families of configurations that are shipped or were seen, by canonical name."""
    known = {canonical(row.family): row.family for row in configurations(session)}
    for name, _, _ in configurations_seen(session, viewer.vendor_id):
        told = Configuration.of(name)
        known.setdefault(told.key, told.family)
    return known


def _warnings(viewer: Viewer, rules: Sequence[RuleRow], known: dict[str, str]) -> list[str]:
    found = [each.text.of(viewer.locale) for each in remarks(rules)]
    for rule in rules:
        name = rule.configuration_name
        if name is not None and Configuration.of(name).key not in known:
            found.append(
                fill(N_("The name {name} was never met so far"), viewer.locale, {"name": name})
            )
    return list(dict.fromkeys(found))
