"""Uploads and publishes one release in a process of its own, which is killed at one of its calls.

Arguments: database, folder, vendor, extension, when ("before" or "after") and which call. The last
line it writes is what it acknowledged; without a call to be killed at, the number of its calls.
"""

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


def main(url: str, folder: str, vendor: str, when: str, place: str) -> None:
    settings = Settings(environment="test", data=Path(folder), threads=2)
    kit, vendor_id = a_kit(settings), uuid.UUID(vendor)
    engine = make_engine(url, settings)
    disk = Disk(Path(folder), **{when: killing(int(place))})
    told = {"extension": "warehouse-helper", "notes_ru": "Новое", "rules": [BUH]}
    with wrapped(disk, commits=True):
        with transaction(engine, kit) as session:
            command = CreateRelease.model_validate(told)
            made = releases.create(session, vendor_id, command, CFE, actor=SYSTEM)
        with transaction(engine, kit) as session:
            releases.publish(session, vendor_id, made.id, actor=SYSTEM)
    engine.dispose()
    sys.stdout.write(f"{disk.calls}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
