"""Uploads and publishes releases in processes that are killed at one of their calls.

Arguments: database, folder, vendor. A call 0 is never made, so nobody is killed there.
"""

import os
import sys
import uuid
from pathlib import Path

from app.audit.actor import SYSTEM
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import releases
from app.kit.config import Settings
from app.kit.db import make_engine, transaction
from onec.cfe_writer import make_cfe
from tests.factories.kit import a_kit
from tests.factories.world import BUH
from tests.faults.wrap import Disk, killing, wrapped

CFE = make_cfe("СкладскойПомощник", "Складской помощник", "2.4.0", "Вектор", "СП_")


def publish(url: str, folder: str, vendor: str, when: str, place: int) -> None:
    """One release in a fresh process."""
    settings = Settings(environment="test", data=Path(folder), threads=2)
    kit, vendor_id = a_kit(settings), uuid.UUID(vendor)
    engine = make_engine(url, settings)
    disk = Disk(Path(folder), **{when: killing(place)})
    told = {"extension": "warehouse-helper", "notes_ru": "Новое", "rules": [BUH]}
    with wrapped(disk, beyond=True):
        with transaction(engine, kit) as session:
            command = CreateRelease.model_validate(told)
            made = releases.create(session, vendor_id, command, CFE, actor=SYSTEM)
        with transaction(engine, kit) as session:
            releases.publish(session, vendor_id, made.id, actor=SYSTEM)
    engine.dispose()


def main(url: str, folder: str, vendor: str) -> None:
    """For each line "when place" a child of its own; tells by which signal it ended, or 0."""
    for line in sys.stdin:
        when, place = line.split()
        child = os.fork()
        if not child:
            publish(url, folder, vendor, when, int(place))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
