"""`check --repair`: what can be put right without a person is put right, and told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.catalog.service.repairs import repair_files
from app.kit.db import Kit
from app.kit.findings import Finding, Weight
from app.kit.i18n import Sentence
from app.kit.problems import Problem
from app.kit.telemetry import log
from app.trust.service.repairs import repair_timestamps
from app.upkeep import check


class Repair(Protocol):
    """Puts things right and says what it did; done twice, the second time finds nothing."""

    def __call__(self, engine: Engine, kit: Kit, *, full: bool) -> Iterator[Finding]:
        """`full` looks at every byte."""


@dataclass(frozen=True, slots=True)
class Repairer:
    """One kind of thing that is put right, under the name that programs know it by."""

    name: str
    title: Sentence
    run: Repair


REPAIRERS: Final[Sequence[Repairer]] = (
    Repairer("files", Sentence("Хранилище файлов", "Store of files"), repair_files),
    Repairer("trust", Sentence("Подписанные сведения", "Signed metadata"), repair_timestamps),
)


def repair(engine: Engine, kit: Kit, *, full: bool) -> Iterator[tuple[Repairer, Finding]]:
    """Everything that was put right, in the order of the repairers."""
    for repairer in REPAIRERS:
        for done in repairer.run(engine, kit, full=full):
            log.warning("repaired", code=done.code, subject=done.subject, what=done.text.en)
            yield repairer, done


def at_start(engine: Engine, kit: Kit) -> None:
    """Before a server answers; what cannot be repaired now must not keep it from serving."""
    try:
        for _ in repair(engine, kit, full=False):
            pass
    except (Problem, SQLAlchemyError) as error:
        log.error("not repaired", error=type(error).__name__)


def attend(engine: Engine, kit: Kit, *, full: bool = False) -> str:
    """Repairs, then examines: the codes of what is still wrong."""
    for _ in repair(engine, kit, full=full):
        pass
    codes = set()
    for report in check.run(engine, kit, full=full, watch=_unwatched):
        for finding in report.findings:
            if finding.weight is Weight.FAULT:
                codes.add(finding.code)
                log.error("check", code=finding.code, subject=finding.subject)
    return " ".join(sorted(codes))


def _unwatched(_: check.Check) -> nullcontext[Callable[[int], None]]:
    return nullcontext(lambda _: None)
