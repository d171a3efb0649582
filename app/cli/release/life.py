"""`podkluch release pause` and the like: what happens to a release once its draft is ready."""

import uuid
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from app.catalog.models import Release, ReleaseStatus
from app.catalog.schemas.releases import (
    PromoteRelease,
    PublishRelease,
    RaiseRollout,
    WithdrawRelease,
)
from app.catalog.schemas.remarks import Remark
from app.catalog.service import releases
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.db import UnitOfWork
from app.kit.i18n import Sentence
from app.kit.problems import command
from wire.extensions import Channel

app = typer.Typer()

_STATES = {
    ReleaseStatus.DRAFT: Sentence("черновик", "draft"),
    ReleaseStatus.PUBLISHED: Sentence("опубликован", "published"),
    ReleaseStatus.PAUSED: Sentence("приостановлен", "paused"),
    ReleaseStatus.WITHDRAWN: Sentence("отозван", "withdrawn"),
}

ReleaseId = Annotated[uuid.UUID, typer.Argument(metavar="ID", help="Релиз.")]
Percent = Annotated[int, typer.Argument(metavar="PERCENT", help="Скольким базам из ста, до 100.")]
FirstPercent = Annotated[
    int | None, typer.Option("--rollout-percent", help="Скольким базам из ста; без параметра всем.")
]
Calmer = Annotated[Channel, typer.Argument(metavar="CHANNEL", help="Канал спокойнее: stable, rc.")]
ReasonRu = Annotated[str, typer.Option("--reason-ru", help="Причина для клиентов, по-русски.")]
ReasonEn = Annotated[str | None, typer.Option("--reason-en", help="Причина по-английски.")]
Note = Annotated[str | None, typer.Option("--note", help="Для своих; клиенты её не видят.")]
Stop = Annotated[bool, typer.Option("--stop", help="Совет клиентам: не пользоваться.")]
BackTo = Annotated[
    uuid.UUID | None,
    typer.Option("--back-to", metavar="ID", help="Совет клиентам: вернуться на этот релиз."),
]


@app.command("publish-draft", epilog=EPILOG)
def publish_draft(
    release: ReleaseId,
    *,
    rollout_percent: FirstPercent = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Опубликовать готовый черновик. Файл и версия потом не меняются."""
    with Terminal(lang, as_json=as_json) as terminal:
        percent = 100 if rollout_percent is None else rollout_percent
        wanted = command(PublishRelease, rollout_percent=percent)
        title = Sentence("Релиз опубликован", "Release published")
        _do(
            terminal,
            vendor,
            title,
            lambda session, owner: releases.publish(session, owner, release, wanted, actor=actor()),
        )


@app.command(epilog=EPILOG)
def pause(
    release: ReleaseId, *, vendor: VendorSlug = None, as_json: AsJson = False, lang: Lang = "ru"
) -> None:
    """Остановить выдачу релиза всем, до команды resume."""
    with Terminal(lang, as_json=as_json) as terminal:
        title = Sentence("Выдача остановлена", "Release paused")
        _do(
            terminal,
            vendor,
            title,
            lambda session, owner: releases.pause(session, owner, release, actor=actor()),
        )


@app.command(epilog=EPILOG)
def resume(
    release: ReleaseId, *, vendor: VendorSlug = None, as_json: AsJson = False, lang: Lang = "ru"
) -> None:
    """Продолжить выдачу остановленного релиза."""
    with Terminal(lang, as_json=as_json) as terminal:
        title = Sentence("Выдача продолжена", "Release resumed")
        _do(
            terminal,
            vendor,
            title,
            lambda session, owner: releases.resume(session, owner, release, actor=actor()),
        )


@app.command(epilog=EPILOG)
def rollout(
    release: ReleaseId,
    rollout_percent: Percent,
    *,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Выдавать релиз большему числу баз; меньше нельзя, для остановки есть pause."""
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(RaiseRollout, rollout_percent=rollout_percent)
        title = Sentence("Доля увеличена", "Rollout raised")
        _do(
            terminal,
            vendor,
            title,
            lambda session, owner: releases.raise_rollout(
                session, owner, release, wanted, actor=actor()
            ),
        )


@app.command(epilog=EPILOG)
def promote(
    release: ReleaseId,
    channel: Calmer,
    *,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Перевести релиз в более спокойный канал."""
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(PromoteRelease, channel=channel)
        title = Sentence("Канал изменён", "Channel changed")
        _do(
            terminal,
            vendor,
            title,
            lambda session, owner: releases.promote(session, owner, release, wanted, actor=actor()),
        )


@app.command(epilog=EPILOG)
def withdraw(  # noqa: PLR0913 - one parameter per option
    release: ReleaseId,
    *,
    withdrawn_reason_ru: ReasonRu,
    withdrawn_reason_en: ReasonEn = None,
    internal_note: Note = None,
    stop: Stop = False,
    rollback_to_id: BackTo = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Отозвать релиз навсегда: тем, у кого он стоит, будет видна причина."""
    with Terminal(lang, as_json=as_json) as terminal:
        if stop and rollback_to_id:
            raise typer.BadParameter("либо --stop, либо --back-to / either --stop or --back-to")
        advice = "rollback_to" if rollback_to_id else "stop" if stop else None
        wanted = command(
            WithdrawRelease,
            withdrawn_reason_ru=withdrawn_reason_ru,
            withdrawn_reason_en=withdrawn_reason_en,
            internal_note=internal_note,
            advice=advice,
            rollback_to_id=rollback_to_id,
        )
        title = Sentence("Релиз отозван", "Release withdrawn")
        _do(
            terminal,
            vendor,
            title,
            lambda session, owner: releases.withdraw(
                session, owner, release, wanted, actor=actor()
            ),
        )


def _do(
    terminal: Terminal,
    vendor: str | None,
    title: Sentence,
    verb: Callable[[UnitOfWork, uuid.UUID], Release],
) -> None:
    with unit_of_work() as session:
        changed = verb(session, vendor_of(session, vendor).id)
    show(terminal, title, changed)


def state(terminal: Terminal, status: str) -> str:
    """A state in the reader's language; programs get the code of it."""
    return status if terminal.as_json else terminal.text(_STATES[ReleaseStatus(status)])


def show(
    terminal: Terminal,
    title: Sentence,
    release: Release,
    *,
    warnings: Sequence[Remark] = (),
    **more: object,
) -> None:
    """A release as it is now, and what to look at."""
    names = ("version", "status", "channel", "rollout_percent", "rules_version", "id")
    shown = more | {name: getattr(release, name) for name in names}
    shown["status"] = state(terminal, release.status)
    if terminal.as_json:
        shown["warnings"] = [{"code": each.code, "text": each.text} for each in warnings]
    terminal.show(title, shown)
    for each in warnings:
        terminal.say(Sentence(f"Внимание: {each.text.ru}.", f"Note: {each.text.en}."))
