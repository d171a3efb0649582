"""Every link and button that a role sees opens for it: nothing leads to 403, 404 or a defect."""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit
from uuid import UUID

import pytest

from app.accounts.schemas import PERMISSIONS, Permission, Role
from app.cabinet.auth import Signed
from tests.app.cabinet.test_matrix import opens, pages
from tests.browser.site import furnish
from tests.capabilities import first_of
from tests.factories.people import HERE, Browser, a_person
from tests.factories.prepared import prepared

_TAG = re.compile(r"<(a|form|button)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+")
_EACH = 2
"""How many addresses of one form are opened: the others differ in an id or a value alone."""
_STORIES = (
    "/support/key/{key_id}",
    "/support/customer/{customer_id}",
    "/support/infobase/{infobase_id}",
    "/support/coupon/{coupon_id}",
)
"""What only a pasted text leads to."""


def form_of(address: str) -> str:
    """What addresses of one page have in common."""
    parts = urlsplit(address)
    names = sorted({name for name, _ in parse_qsl(parts.query)})
    return f"{_ID.sub('…', parts.path)}?{'&'.join(names)}"


def led_to(text: str, here: str) -> Iterator[tuple[str, str]]:
    """What a page leads to: the method and the address on this server."""
    for tag, attributes in _TAG.findall(text):
        told = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
        targets = {("GET", told.get("href")), ("POST", told.get("hx-post"))}
        targets |= {("GET", told.get("hx-get")), ("POST", told.get("formaction"))}
        if tag == "form":
            targets.add((told.get("method", "get").upper(), told.get("action", "")))
        for method, target in targets:
            if target is not None:
                address = urljoin(here, target.partition("#")[0])
                if urlsplit(address).path.startswith("/cabinet"):
                    yield method, address


class Walk:
    """A walk over all that somebody can reach from the first page."""

    def __init__(self, browser: Browser, role: Role) -> None:
        self.browser, self.role = browser, role
        self.routes = [
            (method, re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)), marker)
            for method, path, marker in pages(browser.client.app)
        ]
        self.seen: set[str] = set()
        self.opened: Counter[str] = Counter()
        self.wrong: dict[tuple[str, str], object] = {}

    def from_(self, *beginnings: str) -> None:
        """Opens everything that these pages lead to, and so on."""
        waiting = [f"/cabinet{path}" for path in beginnings]
        while waiting:
            address = waiting.pop()
            if address not in self.seen and self.opened[form_of(address)] < _EACH:
                self.seen.add(address)
                self.opened[form_of(address)] += 1
                waiting += self._open(address)

    def _open(self, address: str) -> list[str]:
        answer = self.browser.client.get(address, headers=HERE, follow_redirects=False)
        if answer.status_code == 303:
            return [urljoin(address, answer.headers["location"])]
        if answer.status_code != 200:
            self.wrong["GET", address] = answer.status_code
            return []
        if "text/html" not in answer.headers["content-type"]:
            return []
        led = list(led_to(answer.text, address))
        for method, target in led:
            if method == "POST" and not self._may_post(target):
                self.wrong[address, target] = "a form that is refused"
        return [target for method, target in led if method == "GET"]

    def _may_post(self, address: str) -> bool:
        path = urlsplit(address).path
        marker = next(
            marker
            for method, pattern, marker in self.routes
            if method == "POST" and pattern.fullmatch(path)
        )
        return not isinstance(marker, Signed) or opens(marker, self.role)


@pytest.mark.parametrize("role", first_of(*sorted(Role, key=lambda each: each != Role.MANAGER)))
def test_every_link_and_form_that_a_role_sees_is_open_to_it(browser, session, role):
    site = prepared(session, furnish)
    person = a_person(session, UUID(site.ids["vendor_id"]), role, email=f"walks-{role}@example.com")
    session.commit()
    walk = Walk(browser.sign_in(person), role)
    told = Permission.SUPPORT_READ in PERMISSIONS[role]
    walk.from_("", *(path.format(**site.ids) for path in _STORIES if told))
    assert walk.wrong == {}
    assert len(walk.seen) > len(PERMISSIONS[role])


def test_a_link_that_is_refused_is_noticed(browser, world, session):
    person = a_person(session, world.vendor.id, Role.RELEASE)
    session.commit()
    walk = Walk(browser.sign_in(person), Role.RELEASE)
    walk.from_("/users", "/nowhere")
    assert walk.wrong == {("GET", "/cabinet/users"): 403, ("GET", "/cabinet/nowhere"): 404}
    assert not walk._may_post("/cabinet/users/invite")
