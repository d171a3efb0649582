"""The main way through the cabinet, page after page from another server: none keeps anything."""

import base64
import re
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from app.accounts.schemas import Role
from app.catalog.models import Release
from app.customers.models import Customer
from app.licensing.models import LicenseKey
from tests.factories.calls import Installer
from tests.factories.people import Browser, a_person, hidden, said
from tests.factories.publishing import a_draft, rule, save
from tests.factories.smtp import Postbox, give_mail, postbox
from tests.waiting import until

pytestmark = [pytest.mark.s3, pytest.mark.nginx]

COUPONS = {
    "preset": "add_product",
    "rows-0-product": "warehouse-helper",
    "rows-0-term": "days",
    "rows-0-days": "365",
    "rows-0-seats": "2",
    "count": "2",
    "max_redemptions": "1",
}
NEW = {"company": "ООО «Новый»", "email": "new@example.com"}


@pytest.fixture
def desk(through, session, owner) -> Browser:
    """The owner, who signs in with a code; every page is one more request to nginx."""
    return Browser(through, session).sign_in(owner)


def send(desk: Browser, path: str, **fields: str):
    """The form of a page, filled in."""
    return desk.post(path, hidden(desk.get(path)) | fields)


def given_key(desk: Browser, session) -> tuple[LicenseKey, str]:
    """A client is written down, and gets a key; its code is shown once."""
    assert NEW["company"] in said(send(desk, "/customers/new", **NEW))
    customer = session.scalars(select(Customer).where(Customer.email == NEW["email"])).one()
    page = send(desk, "/license-keys/issue", customer_id=str(customer.id))
    key = session.scalars(select(LicenseKey).where(LicenseKey.customer_id == customer.id)).one()
    [code] = set(re.findall(r"\bDEMO(?:-[0-9A-Z]{5}){4,5}\b", page.text))
    return key, code


def redeemed(desk: Browser, code: str) -> None:
    """A batch of coupons is described, made, and one of them tried and activated."""
    checked = desk.post("/coupons/generate", COUPONS | {"do": "check"})
    made = desk.post("/coupons/generate", COUPONS | hidden(checked) | {"do": "create"})
    coupons = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", made.text, re.DOTALL)[1].split()
    assert len(coupons) == 2
    told = {"key": code, "coupon": coupons[0], "do": "check"}
    tried = desk.post("/coupons/redeem", told)
    done = desk.post("/coupons/redeem", hidden(tried) | {"do": "redeem"})
    assert "activated" in said(done)


def published(desk: Browser, world, session) -> Release:
    """A file becomes a draft, gets its notes and its rule, and goes out."""
    card = a_draft(desk, world)
    save(desk, card)
    rule(desk, card)
    told = {"rollout_percent": "100", "typed": "2.4.0", "do": "publish"}
    assert "The release is published" in said(send(desk, f"{card}/publish", **told))
    return session.scalars(select(Release)).one()


@pytest.mark.parametrize("first", ["a form and its answer", "an answer and its form"])
def test_from_a_client_to_a_release_in_its_infobase(fleet, through, desk, world, session, first):
    """Twice, so that each page comes from either server."""
    if first.startswith("an"):
        through.get("/health/live")
    before = [member.answered() for member in fleet.members]
    _, code = given_key(desk, session)
    redeemed(desk, code)
    release = published(desk, world, session)
    agent = Installer(through, code)
    [row] = [each for each in agent.offers().json()["data"] if each["available"]]
    assert row["release"]["id"] == str(release.id)
    agent.activate().raise_for_status()
    download = agent.ask(release.id).raise_for_status().json()
    path = f"/api/v1/artifacts/{download['url'].rpartition('/')[2]}"
    headers = {"Authorization": f"Bearer {download['secret']}"}
    assert through.get(path, headers=headers).content == world.cfe("2.4.0")
    for member, then in zip(fleet.members, before, strict=True):
        assert member.answered() - then > 10, "both had their part in it"


def test_a_second_factor_is_set_up_at_two_servers(through, session, world):
    """The secret that is offered, the code that confirms it, the codes that are shown once."""
    fresh = a_person(session, world.vendor.id, Role.ADMIN, factor=False)
    session.commit()
    desk = Browser(through, session)
    asked = desk.password(fresh)
    assert asked.url.path == "/cabinet/profile/second-factor"
    [letters] = re.findall(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", said(asked))
    fresh.secret = base64.b32decode(letters.replace(" ", ""))
    shown = desk.post("/profile/second-factor", hidden(asked) | {"otp_code": fresh.code(session)})
    codes = re.findall(r"\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b", said(shown))
    assert len(set(codes)) == 10
    desk.forget()
    desk.password(fresh)
    desk.post("/sign-in/code", {"otp_code": codes[3]})
    assert desk.get("/profile").url.path == "/cabinet/profile"


def test_a_table_that_one_server_read_is_imported_by_the_other(desk, session):
    table = "Компания;Почта\n" + "".join(
        f"ООО «Импорт {number}»;import{number}@example.com\n" for number in range(300)
    )
    path = "/customers/import"
    asked = desk.get(path)
    shown = desk.post(path, hidden(asked) | {"do": "check", "text": table})
    assert "300 customers will be added" in said(shown)
    sent = hidden(shown) | {"do": "import", "text": table}
    first, again = desk.post(path, sent), desk.post(path, sent)
    assert "Customers added: 300" in said(first)
    assert "This was done before" in said(again)
    added = select(func.count()).where(Customer.email.like("import%"))
    assert session.scalar(added) == 300


def about_password(box: Postbox) -> list[EmailMessage]:
    """Letters with a link to a new password; the schedules of the worker send others."""
    texts = ((letter, letter.get_body(("plain",)).get_content()) for letter in box.letters)
    return [letter for letter, text in texts if "/cabinet/password/reset/" in text]


def test_what_a_server_queues_the_worker_sends(fleet, through, session, world, owner):
    with postbox() as box, fleet.worker():
        give_mail(session, world.vendor, box)
        session.commit()
        desk = Browser(through, session, str(world.vendor.id))
        desk.post("/password/reset", {"email": owner.email})
        [letter] = until(lambda: about_password(box))
    assert letter["To"] == owner.email
