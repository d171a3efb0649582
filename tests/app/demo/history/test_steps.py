"""What is written down briefly is what the verbs would have written, to the last column."""

import itertools
from collections.abc import Callable
from random import Random
from types import SimpleNamespace

import pytest
from sqlalchemy import Column, Connection, LargeBinary, select

from app.demo.history.load import load
from app.kit import db
from app.kit.db import Base
from wire import codes

pytestmark = pytest.mark.long
PASSWORD = "vnsk-4tkb-vpxu-j3fn"
OF_KEYS = {"trust_metadata", "trust_keys", "trust_repositories", "users"}
"""Tables about key pairs and a salted password, which are new ones each time."""
ABOUT_ROOTS = {"trust.root_changed", "trust.key_rotated"}
"""Events that name these key pairs."""
STEPS = {"eula.accepted", "download.issued", "download.started"}


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Ids and codes by the order in which they are made, and by nothing else."""
    for_codes, for_ids = Random(), Random()  # noqa: S311 - of a test
    ticks = itertools.count(1)
    monkeypatch.setattr(codes.new_code, "__defaults__", (for_codes.randbytes,))
    monkeypatch.setattr(db.secrets, "randbits", for_ids.getrandbits)
    clock = SimpleNamespace(time_ns=lambda: next(ticks) * 1_000_000)
    monkeypatch.setattr(db, "time", clock)

    def anew() -> None:
        nonlocal ticks
        ticks = itertools.count(1)
        for_codes.seed(1)
        for_ids.seed(2)

    return anew


def rows(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """All that is stored, but for digests, sealed copies and signatures, and ends of tokens."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name in OF_KEYS:
            continue
        columns = [each for each in table.columns if not _is_by_chance(each)]
        told = select(*columns).order_by(*table.primary_key.columns)
        found[table.name] = [tuple(row) for row in connection.execute(told)]
    return found


def _is_by_chance(column: Column) -> bool:
    return isinstance(column.type, LargeBinary) or str(column) == "api_tokens.hint"


@pytest.mark.usefixtures("noon")
def test_brief_steps_leave_the_rows_of_the_verbs(connection, kit, fixed):
    seen = []
    for by_verbs in (True, False):
        fixed()
        undone = connection.begin_nested()
        load(connection, kit, password=PASSWORD, by_verbs=by_verbs)
        seen.append(rows(connection))
        undone.rollback()
    slow, brief = seen
    assert {name: len(there) for name, there in slow.items()} == {
        name: len(there) for name, there in brief.items()
    }
    pairs = [(name, *pair) for name in slow for pair in zip(slow[name], brief[name], strict=True)]
    other = [pair for pair in pairs if pair[1] != pair[2]]
    assert [pair for pair in other if not any(each in pair[1] for each in ABOUT_ROOTS)] == []
    events = [value for row in slow["audit_events"] for value in row if isinstance(value, str)]
    actions = [each for each in events if each in STEPS]
    assert set(actions) == STEPS
    assert len(actions) > 1_000
