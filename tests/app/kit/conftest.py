"""The application as a server runs it, and what it writes into its log."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection

from app.kit.db import Kit
from app.kit.telemetry import configure_logging
from tests.factories.application import an_app

Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def app(connection: Connection, kit: Kit) -> FastAPI:
    """The application on the test's connection."""
    return an_app(connection, kit)


@pytest.fixture
def logged() -> Iterator[Lines]:
    """Reads the lines that were logged since the last reading; each is one JSON object."""
    stream, root = io.StringIO(), logging.getLogger()
    level = root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        configure_logging()
    [handler] = root.handlers

    def read() -> list[dict[str, object]]:
        lines = stream.getvalue().split("\n")[:-1]
        stream.truncate(0)
        stream.seek(0)
        return [json.loads(line) for line in lines]

    yield read
    root.removeHandler(handler)
    root.setLevel(level)
