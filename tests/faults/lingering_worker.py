"""A worker that says when it is inside a job and inside a schedule, and never comes out again."""

import sys
import threading
from datetime import timedelta

from app.kit.config import Settings
from app.kit.db import make_engine
from app.kit.schedules import Schedule
from app.worker import Worker
from tests.factories.kit import a_kit


def linger(*_: object) -> str:
    sys.stdout.write("inside\n")
    sys.stdout.flush()
    threading.Event().wait()
    return ""


if __name__ == "__main__":
    settings = Settings(environment="test", threads=4)
    schedules = [Schedule("tidy", timedelta(hours=1), linger)]
    engine = make_engine(sys.argv[1], settings)
    Worker(engine, a_kit(settings), {"note": linger}, schedules).run(threading.Event())
