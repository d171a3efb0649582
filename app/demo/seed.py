"""Demo data, by the verbs that vendors use: something to sell, three releases, keys, coupons."""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.accounts import queries as accounts_queries
from app.accounts import service as accounts
from app.accounts.models import Vendor
from app.accounts.schemas import CreateVendor, Role
from app.audit.actor import SYSTEM, Actor, Caller
from app.catalog.schemas.eulas import PublishEula
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.schemas.products import CreateProduct, DefaultTerm
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import eulas, extensions, products, releases
from app.catalog.service.signing import sign_all
from app.coupons.schemas import GenerateCoupons, RedeemCoupon
from app.coupons.service import batches, redemptions
from app.customers import service as customers
from app.customers.schemas import CreateCustomer
from app.demo.sample import SOLD, Sample
from app.demo.staff import hire, new_password
from app.kit.db import UnitOfWork
from app.kit.problems import NotFound
from app.kit.signing.ed25519 import new_seed, signer_of
from app.licensing.schemas import IssueKey
from app.licensing.service import keys
from app.trust import queries as trust
from app.trust.service.ceremony import ROOTS, first_bundle
from app.trust.service.installing import install
from app.trust.service.requests import first_request

SLUG: Final = "vektor"
VENDOR: Final = "Демо-вендор «Вектор»"
FILE: Final = "demo-credentials.txt"
_COUPONS: Final = 3


@dataclass(frozen=True, slots=True)
class Credentials:
    """The codes of the demo data, which the database itself cannot tell any more."""

    extension: str
    key: str
    empty_key: str
    coupons: list[str]
    password: str = ""
    """Of all the people of the demo's vendor."""
    stories: dict[str, str] = field(default_factory=dict)
    """Keys of the prepared cases of support, by the name of the case; none without a history."""

    def keep(self, folder: Path) -> None:
        """Written for this user only: each start of the server shows them again."""
        file = folder / FILE
        file.touch(mode=0o600)
        file.write_text(
            "# Пароль, ключи и купоны демонстрации / password, keys and coupons of the demo\n"
            f"password = {json.dumps(self.password)}\n"
            f"extension = {json.dumps(self.extension)}\n"
            f"key = {json.dumps(self.key)}\n"
            f"empty_key = {json.dumps(self.empty_key)}\n"
            f"coupons = {json.dumps(self.coupons)}\n"
            "\n# Истории для поддержки / stories for support\n"
            "[stories]\n" + "".join(f"{n} = {json.dumps(c)}\n" for n, c in self.stories.items()),
            encoding="utf-8",
        )


def kept(folder: Path) -> Credentials | None:
    """What an earlier start has kept, if it is still there and whole."""
    try:
        return Credentials(**tomllib.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def load(session: UnitOfWork, password: str = "") -> Credentials:
    """One vendor with all that the main job needs, as far as a vendor prepares it.

    The password is that of its people; without one they get one that is told.
    """
    sample, password = Sample(), password or new_password()
    vendor = _vendor(session)
    staff = hire(session, vendor.id, password)
    trust_vendor(session)
    _fill_catalogue(session, vendor, sample, staff[Role.RELEASE])
    seller = staff[Role.MANAGER]
    codes = _coupons(session, vendor, sample, seller)
    full = _key(session, vendor, "ООО «Василёк»", seller)
    redeem = RedeemCoupon(coupon=codes.pop())
    redemptions.redeem(session, redeem, caller=keys.identify(session, full, Caller()))
    empty = _key(session, vendor, "ООО «Ромашка»", seller)
    return Credentials(sample.code, full, empty, codes, password)


def _vendor(session: UnitOfWork) -> Vendor:
    """The demo's vendor, who may have a history already."""
    try:
        return accounts_queries.vendor_by_slug(session, SLUG)
    except NotFound:
        command = CreateVendor(slug=SLUG, name=VENDOR, prefix="DEMO")
        return accounts.create_vendor(session, command, actor=SYSTEM)


def trust_vendor(session: UnitOfWork) -> None:
    """Gives the vendor a root whose keys are thrown away, unless there is a root already."""
    vendor = accounts_queries.vendor_by_slug(session, SLUG)
    row = trust.repository(session, vendor.id)
    if row is not None and row.root_version:
        return
    request = first_request(session, vendor.id, actor=SYSTEM)
    roots = [signer_of(new_seed()) for _ in range(ROOTS[False][0])]
    install(session, first_bundle(request, roots, ROOTS[False][1], session.now()), actor=SYSTEM)
    sign_all(session, vendor.id)


def _fill_catalogue(session: UnitOfWork, vendor: Vendor, sample: Sample, by: Actor) -> None:
    product = CreateProduct(
        code=sample.code,
        name=sample.title,
        default_term=DefaultTerm(days=SOLD["days"]),
        default_seats=SOLD["seats"],
    )
    products.create_product(session, vendor.id, product, actor=by)
    extension = CreateExtension(
        product=sample.code,
        code=sample.code,
        onec_name=sample.onec_name,
        title_ru=sample.title,
    )
    extensions.create_extension(session, vendor.id, extension, actor=by)
    russian, english = sample.eula()
    eula = PublishEula(product=sample.code, text_ru=russian, text_en=english)
    eulas.publish_eula(session, vendor.id, eula, actor=by)
    for planned in sample.releases():
        told = {
            "extension": sample.code,
            "version": planned.version,
            "notes_ru": planned.notes,
            "rules": [planned.rule],
        }
        command, file = CreateRelease.model_validate(told), planned.content()
        draft = releases.create(session, vendor.id, command, file, actor=by)
        releases.publish(session, vendor.id, draft.id, actor=by)


def _coupons(session: UnitOfWork, vendor: Vendor, sample: Sample, by: Actor) -> list[str]:
    operation = {"product": sample.code, "term": {"days": SOLD["days"]}, "seats": SOLD["seats"]}
    told = {"name": "Знакомство", "count": _COUPONS, "operations": [operation]}
    command = GenerateCoupons.model_validate(told)
    return batches.generate(session, vendor.id, command, actor=by).codes


def _key(session: UnitOfWork, vendor: Vendor, company: str, by: Actor) -> str:
    """An empty key of a new customer."""
    command = CreateCustomer(company=company, email="buyer@example.com")
    customer = customers.create(session, vendor.id, command, actor=by)
    return keys.issue(session, vendor.id, IssueKey(customer_id=customer.id), actor=by).code
