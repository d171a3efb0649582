"""Every page × every role: the table of roles opens it, and nothing else does."""

import re

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from app.accounts.schemas import PERMISSIONS, Permission, Role
from app.cabinet.auth import MARKERS, Signed
from app.cabinet.exports import EXPORTS
from app.kit.web.forms import FormRoute
from tests.app.api.test_auth import markers
from tests.capabilities import first_of
from tests.factories.people import a_person

NOWHERE = "0192f0c1-2f3a-7c11-8e4d-000000000000"


def pages(app) -> list[tuple[str, str, object]]:
    """Method, path and marker of each page."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = context.path or ""
        if path.startswith("/cabinet") and isinstance(context.original_route, APIRoute):
            [marker] = markers(context.original_route)
            found += [(method, path, marker) for method in sorted(context.methods)]
    return found


def test_every_page_reads_forms_before_it_asks_who_is_there(client):
    for context in iter_route_contexts(client.app.routes):
        if (context.path or "").startswith("/cabinet"):
            assert isinstance(context.original_route, FormRoute), context.path


def test_every_page_says_who_may_open_it(client):
    found = pages(client.app)
    assert len(found) > 40
    assert all(marker in MARKERS or isinstance(marker, Signed) for _, _, marker in found)


def shown(page: str) -> dict[Role, set[str]]:
    """The table of the page of roles, as people read it."""
    held: dict[Role, set[str]] = {role: set() for role in Role}
    for row in page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]:
        [permission] = re.findall(r'class="code soft">([^<]+)<', row)
        marks = re.findall(r"<td>.*?>(yes|no)<", row)
        for role, mark in zip(Role, marks, strict=True):
            held[role] |= {permission} if mark == "yes" else set()
    return held


def test_the_page_of_roles_shows_the_table_that_opens_pages(browser, owner):
    table = {role: {each.value for each in may} for role, may in PERMISSIONS.items()}
    assert shown(browser.sign_in(owner).get("/users/roles").text) == table


def opens(marker: Signed, role: Role) -> bool:
    may = PERMISSIONS[role]
    return marker.permission is None or marker.permission in may or marker.other in may


@pytest.mark.usefixtures("owner")
def test_nobody_opens_a_page_without_signing_in(browser):
    for method, path, marker in pages(browser.client.app):
        if isinstance(marker, Signed):
            whole = path.removeprefix("/cabinet").replace("{user_id}", NOWHERE)
            answer = browser.get(whole) if method == "GET" else browser.post(whole)
            assert "sign-in" in str(answer.url) or answer.status_code == 401, (method, path)


@pytest.mark.parametrize("role", first_of(*reversed(Role)))
def test_a_page_opens_for_the_roles_of_its_permission_only(browser, world, session, role):
    person = a_person(session, world.vendor.id, role)
    session.commit()
    browser.sign_in(person)
    wrong = {}
    for method, path, marker in pages(browser.client.app):
        if not isinstance(marker, Signed) or path == "/cabinet/sign-out":
            continue
        parts = [NOWHERE if "{" in part else part for part in path.split("/")]
        whole = "/".join(parts).removeprefix("/cabinet")
        answer = browser.get(whole) if method == "GET" else browser.post(whole)
        refused = answer.status_code == 403 and "PERMISSION_DENIED" in answer.text
        if refused == opens(marker, role):
            wrong[method, path] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("role", list(Role))
def test_a_list_leaves_as_a_file_for_roles_that_read_and_export_it(browser, world, session, role):
    person = a_person(session, world.vendor.id, role)
    session.commit()
    browser.sign_in(person)
    may = PERMISSIONS[role]
    for name, export in EXPORTS.items():
        allowed = {Permission.LISTS_EXPORT, export.permission} <= may
        for answer in (browser.get(f"/{name}/export"), browser.post(f"/{name}/export")):
            assert answer.status_code == (200 if allowed else 403), (name, answer.status_code)
