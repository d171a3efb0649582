"""`podkluch worker`: says that it works, and ends in peace."""

import json
import signal

import pytest
from sqlalchemy import text

from tests.capabilities import first_of
from tests.waiting import PATIENCE


@pytest.mark.parametrize("how", first_of(signal.SIGTERM, signal.SIGINT))
def test_it_works_until_it_is_told_to_stop(podkluch, stored, how):
    worker = podkluch.process("worker", "--json")
    try:
        assert json.loads(worker.stdout.readline()) == {"working": True}
        worker.send_signal(how)
        _, log = worker.communicate(timeout=PATIENCE)
    finally:
        worker.kill()
    assert worker.returncode == 0
    assert "Traceback" not in log
    with stored.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 0
