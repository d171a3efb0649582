"""How many statements a page of the catalogue costs, however much there is."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.audit.actor import SYSTEM
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.service.extensions import create_extension
from tests.factories.world import BUH

BUDGETS = {
    "/extensions": 14,
    "/extensions/{extension_id}": 18,
    "/releases/{release_id}": 30,
    "/releases/{release_id}/compatibility": 14,
    "/releases/{release_id}/audience": 14,
    "/releases/{release_id}/publish": 16,
    "/releases/{release_id}/history": 12,
}


@contextmanager
def counted(connection) -> Iterator[list[str]]:
    """The statements that are run meanwhile, but for transactions and settings."""
    seen: list[str] = []

    def note(*told) -> None:
        statement = told[2]
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)


def more(world) -> None:
    """Ten more extensions, and ten more releases of the first."""
    for number in range(10):
        told = {
            "product": world.product.code,
            "code": f"more-{number}",
            "onec_name": f"Ещё{number}",
            "title_ru": f"Ещё {number}",
        }
        command = CreateExtension.model_validate(told)
        create_extension(world.session, world.vendor.id, command, actor=SYSTEM)
        world.release(f"3.{number}", *[BUH] * 3)
    world.session.commit()


@pytest.mark.parametrize("path", BUDGETS)
def test_a_page_costs_the_same_however_much_there_is(browser, owner, world, connection, path):
    world.release("1.0")
    release = world.release("9.0")
    world.session.commit()
    browser.sign_in(owner)
    whole = path.format(extension_id=world.extension.id, release_id=release.id)
    browser.get(whole)
    with counted(connection) as few:
        assert browser.get(whole).status_code == 200
    more(world)
    with counted(connection) as many:
        browser.get(whole)
    assert len(many) == len(few)
    assert len(few) <= BUDGETS[path], len(few)
