"""What the browser meets: one thing of every kind, people of both languages and themes."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import Membership, SessionStage, User, Vendor
from app.accounts.schemas import CreateVendor
from app.accounts.schemas.people import SetMail, SmtpServer
from app.accounts.service import mailing, sessions
from app.audit.actor import SYSTEM, Caller
from app.coupons.models import Coupon, Redemption
from app.customers import service as customers
from app.customers.schemas import CreateCustomer
from app.delivery.models import InstallReport
from app.delivery.schemas import TakeReports
from app.delivery.service.reports import take
from app.kit.db import UnitOfWork, new_id
from tests.factories.office import Office, make_office
from tests.factories.people import a_person, user_of
from tests.factories.requests import calls, principal
from tests.factories.world import make_world

LANGUAGES = ("ru", "en")
WHO = [f"{theme}-{language}" for theme in ("auto", "light", "dark") for language in LANGUAGES]
LONG = "ООО «Очень длинное название общества с ограниченной ответственностью и ещё немного»"


@dataclass(frozen=True)
class Site:
    """Where it is served, who is signed in, and the ids that addresses need."""

    base: str
    cookies: Mapping[str, str]
    ids: Mapping[str, str]
    secrets: Mapping[str, str]


def furnish(session: UnitOfWork) -> Site:
    """Everything committed by the caller."""
    office = make_office(session)
    world = office.world
    for name in (LONG, 'ИП <script>alert("x")</script> & Ёлкин'):
        told = CreateCustomer(company=name, email="long@example.com", comment="=1+1")
        customers.create(session, world.vendor.id, told, actor=SYSTEM)
    world.another_key()
    _with_mail(session, world.vendor)
    ids = _ids_of(session, office)
    cookies = {who: _signed_in(session, world.vendor.id, who) for who in WHO}
    other = make_world(session, "OTHR")
    cookies["other"] = _signed_in(session, other.vendor.id, "light-ru", "other@example.com")
    ids["mailless_id"] = other.key.id
    for language in LANGUAGES:
        who = f"mailless-{language}"
        told = (f"auto-{language}", f"{who}@example.com")
        cookies[who] = _signed_in(session, other.vendor.id, *told)
    cookies["both"] = _of_two_vendors(session, world.vendor.id, other.vendor.id)
    cookies |= _of_few_rights(session, world.vendor.id) | _of_an_empty_vendor(session)
    person = a_person(session, world.vendor.id, "auditor", factor=False)
    ids["user_id"] = person.id
    secrets = {"key": world.code, "coupon": office.coupon}
    return Site("", cookies, {name: str(value) for name, value in ids.items()}, secrets)


def _with_mail(session: UnitOfWork, vendor: Vendor) -> None:
    """A mail server that nobody asks: letters wait, and their forms are open."""
    server = SmtpServer(host="127.0.0.1", port=1, security="none", sender="sales@example.com")
    mailing.set_mail(session, vendor, SetMail(server=server), actor=SYSTEM)


def _ids_of(session: UnitOfWork, office: Office) -> dict[str, object]:
    """What stands in addresses."""
    world = office.world
    coupons = session.scalars(select(Coupon).where(Coupon.vendor_id == world.vendor.id)).all()
    redemption = session.scalars(select(Redemption)).first()
    return {
        "vendor_id": world.vendor.id,
        "customer_id": world.customer.id,
        "key_id": world.key.id,
        "coupon_id": coupons[0].id,
        "batch_id": office.batch.id,
        "distributor_id": office.partner.id,
        "product_id": world.product.id,
        "feature_id": office.feature.id,
        "extension_id": world.extension.id,
        "idle_id": office.idle.id,
        "release_id": office.shelf.spread.id,
        "draft_id": office.shelf.draft.id,
        "paused_id": office.shelf.paused.id,
        "redemption_id": redemption.id,
        "activation_id": office.seat.activation.id,
        "infobase_id": office.seat.activation.infobase_id,
        "entitlement_id": office.seat.activation.entitlement_id,
        "ident": world.key.id,
        "report_id": _reported(session, office),
        "token_id": office.token_id,
        "spare_id": office.spare.id,
        "product": world.product.code,
    }


def _reported(session: UnitOfWork, office: Office) -> object:
    """A report of an installation that was rolled back."""
    told = calls(office)["POST /install-reports"].json["reports"][0]
    told |= {"outcome": "rolled_back", "code": "NOT_ACTIVE", "failed_state": "VERIFIED"}
    take(session, TakeReports(reports=[told]), caller=principal(session, office.seat.token))
    session.flush()
    return session.scalars(select(InstallReport.id)).first()


def _of_two_vendors(session: UnitOfWork, first: uuid.UUID, second: uuid.UUID) -> str:
    """An owner here and there, who is at the first one now."""
    cookie = _signed_in(session, first, "light-ru", "both@example.com")
    user = session.scalars(select(User).where(User.email == "both@example.com")).one()
    told = {"user_id": user.id, "vendor_id": second, "role": "owner"}
    now = session.now()
    session.add(Membership(id=new_id(), created_at=now, accepted_at=now, **told))
    return cookie


def _of_few_rights(session: UnitOfWork, vendor_id: object) -> dict[str, str]:
    """Auditors of both languages."""
    return {
        f"auditor-{language}": _signed_in(
            session, vendor_id, f"auto-{language}", f"auditor-{language}@example.com", "auditor"
        )
        for language in LANGUAGES
    }


def _of_an_empty_vendor(session: UnitOfWork) -> dict[str, str]:
    """Owners of both languages of a vendor who has nothing yet."""
    told = CreateVendor(slug="empty", name=LONG, prefix="PUST")
    vendor = accounts.create_vendor(session, told, actor=SYSTEM)
    return {
        f"empty-{language}": _signed_in(
            session, vendor.id, f"auto-{language}", f"empty-{language}@example.com"
        )
        for language in LANGUAGES
    }


def _signed_in(
    session: UnitOfWork, vendor_id: object, who: str, email: str = "", role: str = "owner"
) -> str:
    """The cookie of somebody who likes this theme and reads this language."""
    email = email or f"{who}@example.com"
    person = a_person(session, vendor_id, role, factor=False, email=email)
    user = user_of(session, person)
    user.theme, user.locale = who.split("-")
    session.flush()
    return sessions.begin(
        session, person.id, SessionStage.OPEN, Caller(), vendor_id=vendor_id, shown=True
    )
