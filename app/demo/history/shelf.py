"""The releases of the story: drafts from files, publication, and what becomes of them."""

import uuid
from collections.abc import Callable
from typing import Final

from app.catalog import queries as catalog
from app.catalog.models import Release
from app.catalog.schemas.releases import (
    ChangeRelease,
    CreateRelease,
    PromoteRelease,
    PublishRelease,
    RaiseRollout,
    WithdrawRelease,
)
from app.catalog.schemas.rulesets import ReplaceRules
from app.catalog.service import artifacts, drafts, files, releases
from app.catalog.service.rules import replace_rules
from app.delivery.service.downloads import file_label
from app.demo.history.cast import Out, World
from app.demo.history.fates import LIVES, Life
from app.demo.history.goods import WARES
from app.demo.history.walk import Do
from app.kit.db import UnitOfWork

Place = tuple[str, int]
_DRAFT: Final = ("handy", 7)
_WIDER: Final = (("print-forms", 5), ("orders", 6))
"""Releases whose rules follow the configurations a month after they came out."""


def fill_shelf(world: World) -> None:
    """All releases with their fates, a draft that was thrown away, a file that was refused."""
    for life in LIVES:
        _live(world, life)
    moment = world.story.calendar.moment
    world.story.tell(moment(150, 15), "thrown draft", lambda session: _thrown(session, world))
    world.story.tell(
        moment(361, 15),
        "wrong file",
        lambda session: _wrong_file(session, world),
        "ARTIFACT_NAME_MISMATCH",
    )


def _live(world: World, life: Life) -> None:
    story, fate, place = world.story, life.fate, (life.planned.ware.code, life.planned.number)
    moment = story.calendar.moment
    story.tell(moment(life.day, 10), "draft", lambda session: _draft(session, world, life))
    if fate.draft:
        return
    story.tell(moment(life.day, 11), "publish", lambda session: _publish(session, world, life))
    for after, percent in fate.rollout[1:]:
        story.tell(moment(life.day + after, 12), "rollout", _raise(world, place, percent))
    for after, channel in fate.channels[1:]:
        story.tell(moment(life.day + after, 12), "promote", _promote(world, place, channel))
    _trouble(world, life, place)
    if place in _WIDER:
        story.tell(moment(life.day + 30, 16), "rules", _widen(world, life))


def _trouble(world: World, life: Life, place: Place) -> None:
    """What is done with a release that was not as good as it seemed."""
    tell, moment, fate = world.story.tell, world.story.calendar.moment, life.fate
    if fate.paused is not None:
        act = _simple(world, place, releases.pause)
        tell(moment(life.day + fate.paused, 13), "pause", act)
    if fate.resumed is not None:
        act = _simple(world, place, releases.resume)
        tell(moment(life.day + fate.resumed, 13), "resume", act)
    if fate.withdrawn is not None:
        act = _withdraw(world, place, back=fate.back)
        tell(moment(life.day + fate.withdrawn, 14), "withdraw", act)
    if fate.critical:
        tell(moment(life.day + 1, 9, 30), "critical", _critical(world, place))


def _draft(session: UnitOfWork, world: World, life: Life) -> None:
    ware, number = life.planned.ware, life.planned.number
    told = life.planned.document() | {
        "channel": life.fate.channels[0][1],
        "min_from_version": life.fate.least,
    }
    if life.fate.critical:
        told["migration_notes_ru"] = "После обновления откройте «Настройки» и нажмите «Проверить»."
        told["post_install_steps_ru"] = ["Перезапустите 1С у всех пользователей."]
    command, file = CreateRelease.model_validate(told), ware.file(life.planned.version)
    release = releases.create(session, world.vendor_id, command, file, actor=world.publisher)
    artifact = catalog.artifact_of(session, release.id)
    assert artifact is not None  # noqa: S101 - made in the line before
    world.out[ware.code, number] = Out(
        release.id,
        artifact.id,
        release.extension_id,
        artifact.sha256,
        artifact.size,
        file_label(artifact),
        ware.code,
        release.version,
    )
    if life.fate.critical:
        text = f"{ware.title} {life.planned.version}: памятка, демонстрационный текст.\n"
        stored = session.kit.artifacts.put([text.encode()])
        artifacts.add_document(
            session, world.vendor_id, release.id, "Памятка.txt", stored, actor=world.publisher
        )


def _publish(session: UnitOfWork, world: World, life: Life) -> None:
    release_id = world.out[life.planned.ware.code, life.planned.number].id
    command = PublishRelease(rollout_percent=life.fate.rollout[0][1])
    releases.publish(session, world.vendor_id, release_id, command, actor=world.publisher)


def _raise(world: World, place: Place, percent: int) -> Do:
    return lambda session: releases.raise_rollout(
        session,
        world.vendor_id,
        world.out[place].id,
        RaiseRollout(rollout_percent=percent),
        actor=world.publisher,
    )


def _promote(world: World, place: Place, channel: str) -> Do:
    command = PromoteRelease.model_validate({"channel": channel})
    return lambda session: releases.promote(
        session, world.vendor_id, world.out[place].id, command, actor=world.publisher
    )


def _simple(world: World, place: Place, verb: Callable[..., Release]) -> Do:
    return lambda session: verb(
        session, world.vendor_id, world.out[place].id, actor=world.publisher
    )


def _withdraw(world: World, place: Place, *, back: bool) -> Do:
    def act(session: UnitOfWork) -> None:
        to: uuid.UUID | None = world.out[place[0], place[1] - 1].id if back else None
        command = WithdrawRelease(
            withdrawn_reason_ru="Документы с нулевой суммой проводились дважды.",
            withdrawn_reason_en="Documents with a zero sum were posted twice.",
            internal_note="Нашли по обращениям клиентов; исправлено в следующем релизе.",
            advice="rollback_to" if back else "stop",
            rollback_to_id=to,
        )
        releases.withdraw(
            session, world.vendor_id, world.out[place].id, command, actor=world.publisher
        )

    return act


def _critical(world: World, place: Place) -> Do:
    def act(session: UnitOfWork) -> None:
        release = catalog.release(session, world.vendor_id, world.out[place].id)
        command = ChangeRelease(critical=True)
        releases.amend(
            session,
            world.vendor_id,
            release.id,
            command,
            version=release.row_version,
            actor=world.publisher,
        )

    return act


def _widen(world: World, life: Life) -> Do:
    def act(session: UnitOfWork) -> None:
        place = (life.planned.ware.code, life.planned.number)
        release = catalog.release(session, world.vendor_id, world.out[place].id)
        told = {
            "rules": life.planned.ware.rules(life.day + 30),
            "reason": "Проверили на новых версиях конфигураций.",
        }
        replace_rules(
            session,
            world.vendor_id,
            release.id,
            ReplaceRules.model_validate(told),
            version=release.row_version,
            actor=world.publisher,
        )

    return act


def _thrown(session: UnitOfWork, world: World) -> None:
    told = {"extension": WARES[0].code, "version": "9.0.0", "notes_ru": "Проба", "rules": []}
    command = CreateRelease.model_validate(told)
    made = drafts.create_draft(session, world.vendor_id, command, actor=world.publisher)
    drafts.delete_draft(
        session, world.vendor_id, made.id, version=made.row_version, actor=world.publisher
    )


def _wrong_file(session: UnitOfWork, world: World) -> None:
    """The file of one extension for the draft of another."""
    limit = session.kit.settings.upload_max_bytes
    kept = files.take(session.kit.artifacts, WARES[0].file("1.0.0"), limit=limit)
    draft = world.out[_DRAFT].id
    artifacts.attach(session, world.vendor_id, draft, kept, actor=world.publisher)
