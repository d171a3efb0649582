"""Serves one POST in a process of its own, which is killed when the answer is about to leave."""

import os
import signal
import sys
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import event

from app.kit.config import Settings
from app.kit.db import Kit, UnitOfWork, make_engine
from app.kit.signing.keyring import Keyring
from app.kit.storage import LocalStore
from tests.factories.once import PATH, app_that_issues_once
from tests.factories.world import bearer


def main(when: str, url: str, folder: str, code: str, key: str) -> None:
    settings = Settings(environment="test", data=Path(folder))
    kit = Kit(settings, LocalStore(Path(folder)), keyring=Keyring.of(bytes(32)))

    @event.listens_for(UnitOfWork, when)
    def kill(session: UnitOfWork) -> None:
        if not session.in_nested_transaction():
            os.kill(os.getpid(), signal.SIGKILL)

    with TestClient(app_that_issues_once(make_engine(url, settings), kit)) as client:
        client.post(PATH, json={}, headers=bearer(code) | {"Idempotency-Key": key})


main(*sys.argv[1:])
