"""What stands in no address of ours is refused or finds nothing, at whatever route it is put."""

import base64
import inspect
import json
import re
import sys
import uuid
from collections.abc import Iterator
from itertools import cycle, islice

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import column, select, table

from app.cabinet import carrying
from app.customers.models import Customer
from app.kit.fields import ListQuery
from app.kit.paging import CursorInvalid, Order, Page, in_order
from tests.browser.pages import FIXED
from tests.factories.office import make_office
from tests.factories.people import Browser, a_person, said
from tests.factories.prepared import prepared

HOSTILE = ("%00", "%ED%A0%80", "9999-12-31", "0001-01-01", "9" * 30, "-1", "%D1%8F")
TOLD = HOSTILE[:5]
TABLES = {"key": "license_keys", "batch": "coupon_batches", "entitlement": "entitlements"}
QUERIED = re.compile(r'query_params\.get(?:list)?\("(\w+)"|ticked\([^)]*"(\w+)"\)')


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


@pytest.fixture
def full(browser: Browser, session) -> tuple[Browser, dict[str, str]]:
    """An owner at work, and one thing of each kind by the parameter that names it in addresses."""
    vendor_id = prepared(session, make_office).world.vendor.id
    owner = a_person(session, vendor_id)
    session.commit()
    found = {"user_id": str(owner.id), **FIXED}
    for name in ("customer", "key", "coupon", "batch", "distributor", "product", "feature",
                 "extension", "release", "entitlement", "activation", "redemption"):  # fmt: skip
        rows = table(TABLES.get(name, f"{name}s"), column("id"), column("vendor_id"))
        query = select(rows.c.id).where(rows.c.vendor_id == vendor_id)
        found[f"{name}_id"] = str(session.scalars(query).first())
    return browser.sign_in(owner), found | {"ident": found["key_id"]}


def pages(app) -> Iterator[tuple[str, APIRoute]]:
    for context in iter_route_contexts(app.routes):
        path, route = context.path or "", context.original_route
        if path.startswith("/cabinet") and isinstance(route, APIRoute) and "GET" in route.methods:
            yield path.removeprefix("/cabinet"), route


def address(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: ids.get(found[1], "x"), path)


def asked_for(route: APIRoute) -> set[str]:
    """The members of addresses that the module of a route reads."""
    module = sys.modules[route.endpoint.__module__]
    models = [
        each
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, ListQuery)
    ]
    told = {name for found in QUERIED.findall(inspect.getsource(module)) for name in found if name}
    names = {field.alias for field in route.dependant.query_params} | told | {"next", "q"}
    return names.union(*(model.model_fields for model in models))


@pytest.mark.long
@pytest.mark.parametrize("turn", range(len(TOLD)))
def test_a_hostile_member_of_an_address_breaks_no_page(full, turn):
    """Each turn asks for every member of every page by another one of the values."""
    desk, ids = full
    broken, count, values = [], 0, islice(cycle(TOLD), turn, None)
    for path, route in pages(desk.client.app):
        for name in sorted(asked_for(route)):
            value = next(values)
            answer = desk.get(f"{address(path, ids)}?{name}={value}", follow_redirects=False)
            count += 1
            if answer.status_code >= 500:
                broken.append((path, name, value))
    assert broken == []
    assert count * len(TOLD) > 500
    assert sum(len(asked_for(route)) for _, route in pages(desk.client.app)) > 100


@pytest.mark.long
def test_a_hostile_part_of_a_path_breaks_no_page(full):
    desk, ids = full
    broken = []
    for path, _ in pages(desk.client.app):
        for name in re.findall(r"{(\w+)}", path):
            for value in HOSTILE:
                answer = desk.get(address(path, ids | {name: value}), follow_redirects=False)
                if answer.status_code >= 500:
                    broken.append((path, name, value))
    assert broken == []


def test_stories_of_every_kind_survive_hostile_names(desk):
    for kind in ("key", "customer", "coupon", "infobase", "activation", "request", "address"):
        for value in HOSTILE:
            for more in ("", "/print", "/note"):
                answer = desk.get(f"/support/{kind}/{value}{more}", follow_redirects=False)
                assert answer.status_code < 500, (kind, value, more)


@pytest.mark.parametrize("path", ["/invite/%D1%8F", "/password/reset/%D1%8F", "/invite/pkl_x"])
def test_a_link_that_nobody_sent_is_not_kept(browser, path):
    answer = browser.get(path, follow_redirects=False)
    assert answer.status_code == 303
    assert "podkluch_dev-link" not in browser.client.cookies


@pytest.mark.parametrize("bad", ["\ud800", "a\0"])
def test_a_form_that_waits_holds_text(bad):
    for pair in ([bad, "a"], ["a", bad]):
        assert carrying.unpack(json.dumps({"path": "/cabinet", "fields": [pair]})) is None


@pytest.mark.parametrize("bad", ["\ud800", "a\0"])
def test_a_place_in_a_list_is_text(session, bad):
    order, query = Order(Customer.company, Customer.id), select(Customer)
    ours = Page().next_after(uuid.uuid4(), "a")
    told = json.loads(base64.urlsafe_b64decode(f"{ours}==")) | {"v": bad}
    cursor = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
    with pytest.raises(CursorInvalid):
        in_order(session, query, order, Page(cursor=cursor))


@pytest.mark.parametrize("table", [";;;", '""', ";;;\n\n"])
def test_a_table_without_a_word_is_empty(desk, table):
    answer = desk.post("/customers/import", {"text": table, "do": "check"})
    assert answer.status_code == 422
    assert "Choose a file or paste the lines" in said(answer)
