"""Agents at work: seats, agreements, downloads, installations and what came of them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from app.delivery.schemas import CompleteDownload, StoreReport
from app.delivery.service import downloads, reports
from app.demo.history.cast import Base, Out, World
from app.demo.history.goods import OF_PRODUCT, Planned, Ware
from app.demo.history.office import number_of_eula
from app.demo.history.steps import Fetched, steps_of
from app.demo.history.walk import Do
from app.kit.db import UnitOfWork
from app.licensing.schemas import Activate, Rebind
from app.licensing.service import activations, transfers

_PHASES: Final = ("AUTHORIZED", "DOWNLOADED", "FILE_VERIFIED", "BACKED_UP", "WRITTEN", "REREAD_OK")
_TEXTS: Final[Mapping[str, tuple[str, str, str | None]]] = {
    "EXCLUSIVE_LOCK": (
        "CONNECTED",
        "Ошибка установки монопольного режима: в базе работает ещё 1 сеанс.",
        "0x80020009",
    ),
    "NO_RIGHTS": ("PRECHECKED", "Недостаточно прав: администрирование расширений.", "0x80020009"),
    "NOT_APPLICABLE": ("WRITING", "Объект не найден в конфигурации: Документ.Счёт.", "0x80020009"),
    "DISK_FULL": ("BACKED_UP", "На диске недостаточно места для копии.", None),
    "ROLLED_BACK": ("REREAD_OK", "Проверка после записи не прошла, версия восстановлена.", None),
    "ROLLBACK_FAILED": ("ROLLING_BACK", "Связь с базой потеряна при возврате.", "0x800706BA"),
}
"""By code: where it went wrong, what 1C said, and its number."""
_SECONDS: Final = {"agree": 12, "issue": 20, "start": 22, "complete": 27, "report": 95}


@dataclass(frozen=True, slots=True)
class Ending:
    """How an installation ends."""

    outcome: str
    code: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether the infobase has the release afterwards."""
        return self.outcome in {"done", "done_restart_required"}


DONE: Final = Ending("done")
RESTART: Final = Ending("done_restart_required", "RESTART_REQUIRED")
ROLLED_BACK: Final = Ending("rolled_back", "ROLLED_BACK")
LOCKED: Final = Ending("failed", "EXCLUSIVE_LOCK")
TROUBLES: Final = (
    *(LOCKED, Ending("failed", "NO_RIGHTS"), Ending("failed", "NOT_APPLICABLE")),
    *(Ending("failed", "DISK_FULL"), ROLLED_BACK, Ending("rollback_failed", "ROLLBACK_FAILED")),
)
_BAD: Final = (*TROUBLES, LOCKED, ROLLED_BACK, ROLLED_BACK)
_FRAGILE: Final = {2, 5}
"""Numbers of releases that went wrong more often than others."""


def an_ending(world: World, number: int) -> Ending:
    """Most go well; releases that were not ripe, worse."""
    if world.chance.random() < (0.3 if number in _FRAGILE else 0.08):
        return world.chance.choice(_BAD)
    return world.chance.choice((DONE, DONE, RESTART))


@dataclass(slots=True)
class Visit:
    """One installation by an agent: each of its steps is an act of its own."""

    world: World
    base: Base
    ware: Ware
    number: int
    at: datetime
    day: int
    ending: Ending = DONE
    operation: str = "install"
    fetched: Fetched | None = None
    downloads: bool = True

    def tell(self) -> None:
        """Adds the steps that are missing: a seat, an agreement, the file, the report."""
        story, base, product = self.world.story, self.base, self.ware.product
        previous = base.installed.get(self.ware.code)
        if previous is not None:
            steps = self.number - previous
            self.operation = "repair" if not steps else "upgrade" if steps > 0 else "downgrade"
        if product not in base.seats_planned:
            base.seats_planned.add(product)
            story.tell(self.at, "activate", activate(base, product, self.day))
        edition = (product, number_of_eula(product, self.day))
        if edition not in base.agreed:
            base.agreed.add(edition)
            story.tell(self._after("agree"), "agree", agree(self.world, base, *edition))
        story.tell(self._after("issue"), "issue", self._issue)
        story.tell(self._after("start"), "start", self._start)
        if self.downloads:
            story.tell(self._after("complete"), "complete", self._complete)
            report = self._report(previous)
            story.tell(self._after("report"), "report", report)
            if self.ending.is_done:
                base.installed[self.ware.code] = self.number

    def _after(self, step: str) -> datetime:
        return self.at + timedelta(seconds=_SECONDS[step])

    def _issue(self, session: UnitOfWork) -> None:
        steps, product = steps_of(self.world), self.ware.product
        self.fetched = steps.issue(session, self.base, self._out, product, self.day)

    def _start(self, session: UnitOfWork) -> None:
        steps_of(self.world).start(session, self.base, self._out, self._had)

    @property
    def _out(self) -> Out:
        return self.world.out[self.ware.code, self.number]

    @property
    def _had(self) -> Fetched:
        assert self.fetched is not None  # noqa: S101 - the step before this one
        return self.fetched

    def _complete(self, session: UnitOfWork) -> None:
        out = self._out
        command = CompleteDownload(download_id=self._had.id, sha256=out.sha256, bytes=out.size)
        downloads.complete(session, command, caller=self.base.seats[self.ware.product])

    def _report(self, previous: int | None) -> Do:
        told = report_of(self.world, self.base, self.ware, self.day, self._after("report"))
        told |= {"operation": self.operation, "outcome": self.ending.outcome}
        told |= trouble(self.ending)
        before = None if previous is None else version_of(self.ware, previous)
        after = version_of(self.ware, self.number)
        told |= {"previous_version": before, "version": after if self.ending.is_done else before}

        def act(session: UnitOfWork) -> None:
            out = self._out
            named = {"release_id": out.id, "artifact_sha256": out.sha256}
            command = StoreReport.model_validate(told | named | {"download_id": self._had.id})
            reports.store(session, command, caller=self.base.seats[self.ware.product])

        return act


def version_of(ware: Ware, number: int) -> str:
    """Of a release, by its number."""
    return Planned(ware, number, 0).version


def report_of(world: World, base: Base, ware: Ware, day: int, at: datetime) -> dict[str, object]:
    """What every report of an agent tells."""
    chance = world.chance
    return {
        "operation_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "extension": ware.code,
        "infobase": {"id": str(base.uid)},
        "agent_version": base.agent_version,
        "occurred_at": at,
        "configuration": base.configuration(day),
        "platform_version": base.platform,
        "durations_ms": {phase: chance.randint(40, 9_000) for phase in _PHASES},
        "consents": ["exclusive"] if base.kind == "server" else [],
    }


def trouble(ending: Ending) -> dict[str, object]:
    """What a report tells of what went wrong."""
    if ending.code is None or ending.code not in _TEXTS:
        return {"code": ending.code}
    state, message, hresult = _TEXTS[ending.code]
    return {
        "code": ending.code,
        "failed_state": state,
        "message": message,
        "com_hresult": hresult,
    }


def activate(base: Base, product: str, day: int) -> Do:
    """A seat for an infobase; its token is what the agent shows from then on."""
    command = Activate.model_validate(
        {
            "product": product,
            "infobase": base.described(),
            "machine": base.machine,
            "windows_user": base.user,
            "agent_version": base.agent_version,
            "configuration": base.configuration(day),
            "platform_version": base.platform,
        }
    )

    def act(session: UnitOfWork) -> None:
        made = activations.activate(session, command, caller=base.key.agent)
        base.tokens[product] = made.token
        base.seats[product] = replace(
            base.key.agent,
            activation_id=made.activation.id,
            infobase_id=made.infobase.id,
            infobase_uid=base.uid,
        )

    return act


def agree(world: World, base: Base, product: str, number: int) -> Do:
    """The agreement of a product, accepted by whoever installs."""

    return lambda session: steps_of(world).agree(
        session, base, world.eulas[product][number], product
    )


def leave(world: World, base: Base, product: str, at: datetime, day: int) -> None:
    """The extensions are removed and the seat is given back by the agent."""
    for ware in OF_PRODUCT[product]:
        number = base.installed.pop(ware.code, None)
        if number is not None:
            told = report_of(world, base, ware, day, at)
            told |= {"operation": "uninstall", "outcome": "done"}
            told |= {"previous_version": version_of(ware, number)}
            world.story.tell(at, "uninstall", _told(base, ware, told))
    world.story.tell(at + timedelta(minutes=1), "release", _release(base, product))


def _told(base: Base, ware: Ware, told: Mapping[str, object]) -> Do:
    command = StoreReport.model_validate(told)
    return lambda session: reports.store(session, command, caller=base.seats[ware.product])


def tell_noop(world: World, base: Base, ware: Ware, at: datetime, day: int) -> None:
    """The agent looked and everything was there already."""
    version = version_of(ware, base.installed[ware.code])
    told = report_of(world, base, ware, day, at) | {"operation": "install", "outcome": "noop"}
    told |= {"code": "NOOP", "previous_version": version, "version": version}
    world.story.tell(at, "noop", _told(base, ware, told))


def _release(base: Base, product: str) -> Do:
    def act(session: UnitOfWork) -> None:
        seat = base.seats[product]
        assert seat.activation_id is not None  # noqa: S101 - a seat is of an activation
        transfers.release_own(session, seat.activation_id, caller=seat)

    return act


def move(base: Base, product: str, uid: uuid.UUID) -> Do:
    """The infobase came to another computer and has another id there."""

    def act(session: UnitOfWork) -> None:
        base.uid = uid
        told = {
            "infobase": base.described(),
            "machine": f"{base.machine}-NEW",
            "windows_user": base.user,
            "agent_version": base.agent_version,
        }
        seat, token = base.seats[product], base.tokens[product]
        assert seat.activation_id is not None  # noqa: S101 - a seat is of an activation
        command = Rebind.model_validate(told)
        moved = transfers.rebind(session, seat.activation_id, command, token, caller=seat)
        infobase = moved.seat.infobase
        base.seats[product] = replace(seat, infobase_id=infobase.id, infobase_uid=uid)

    return act
