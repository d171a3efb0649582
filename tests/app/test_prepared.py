"""What is put back is what was made, as if it had been made for this test."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Vendor
from app.kit.db import UnitOfWork
from tests.factories import prepared as module
from tests.factories.clock import NOON
from tests.factories.prepared import prepared
from tests.factories.requests import Stage, make_stage
from tests.factories.world import make_world


@pytest.fixture
def kept(monkeypatch) -> dict[object, module.Kept]:
    """Nothing was made before."""
    empty: dict[object, module.Kept] = {}
    monkeypatch.setattr(module, "_KEPT", empty)
    return empty


def test_every_row_and_every_file_is_there(session, connection, kept):
    before = module._rows(connection)
    stage = prepared(session, make_stage)
    session.commit()
    [told] = kept.values()
    added = module._added(before, module._rows(connection))
    # a table has no order: what was undone before may leave room for a row anywhere
    assert sorted_rows(added) == sorted_rows(told.rows)
    assert sum(map(len, told.rows.values())) > 30
    read = session.kit.artifacts.read(stage.download.artifact.sha256)
    assert b"".join(read) in told.files


def sorted_rows(tables):
    return {name: sorted(rows) for name, rows in tables.items()}


@pytest.mark.usefixtures("kept")
def test_the_entities_are_those_of_the_session(session):
    stage: Stage = prepared(session, make_stage)
    session.commit()
    assert stage.world.session is session
    assert not session.new
    assert not session.dirty
    assert session.get_one(Vendor, stage.world.vendor.id) is stage.world.vendor
    stage.world.vendor.name = "Новое"
    session.flush()
    assert session.scalars(select(Vendor.name)).one() == "Новое"


def test_it_is_made_again_for_another_moment_and_other_settings(connection, kit, clock, kept):
    for settings in (kit.settings, kit.settings.model_copy(update={"threads": 3})):
        for clock.at in (None, NOON):
            undone = connection.begin_nested()
            with UnitOfWork(connection, kit=replace(kit, settings=settings)) as session:
                world = prepared(session, make_world)
                assert clock.at in (None, world.vendor.created_at)
            undone.rollback()
    assert len(kept) == 4


@pytest.mark.usefixtures("kept")
def test_by_the_real_clock_nothing_old_is_put_back(connection, kit, monkeypatch):
    ids = []
    for minutes in (1, 1, 0):
        monkeypatch.setattr(module, "FRESH", timedelta(minutes=minutes))
        undone = connection.begin_nested()
        with UnitOfWork(connection, kit=kit) as session:
            ids.append(prepared(session, make_world).vendor.id)
        undone.rollback()
    assert ids[0] == ids[1] != ids[2]


def test_what_changes_other_rows_cannot_be_kept(session, kept):
    def change(session: UnitOfWork) -> None:
        table = module.Base.metadata.tables["configurations"]
        session.execute(update(table).values(synonym_ru="другое"))

    with pytest.raises(AssertionError, match="configurations"):
        prepared(session, change)
    assert not kept
