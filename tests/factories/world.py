"""A vendor with something to sell, made by the product's own verbs."""

import uuid
from dataclasses import dataclass

from securesystemslib.signer import CryptoSigner
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import Vendor
from app.accounts.schemas import CreateVendor
from app.audit.actor import SYSTEM
from app.catalog.models import Extension, Product, Release
from app.catalog.schemas.eulas import PublishEula
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.schemas.products import CreateProduct
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import eulas, extensions, products, releases
from app.coupons.schemas import GenerateCoupons
from app.coupons.service import batches
from app.customers import service as customers
from app.customers.models import Customer
from app.customers.schemas import CreateCustomer
from app.kit.db import UnitOfWork
from app.licensing.models import LicenseKey
from app.licensing.schemas import IssueKey
from app.licensing.service import keys
from app.trust.service.ceremony import first_bundle
from app.trust.service.installing import install
from app.trust.service.requests import first_request
from onec.cfe_writer import make_cfe

BUH = {
    "configuration_name": "БухгалтерияПредприятия",
    "version_from": "3.0.150.0",
    "version_to": "3.0.170.*",
    "tested_to": "3.0.160.20",
    "excluded": ["3.0.155.12"],
}
FITTING = {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}}


ROOTS = [CryptoSigner.generate_ed25519() for _ in range(2)]
"""Keys of every root in this run, of the same vendor or of another."""


@dataclass
class World:
    """One vendor, `warehouse-helper` on sale, and a customer with an empty key."""

    session: UnitOfWork
    vendor: Vendor
    customer: Customer
    product: Product
    extension: Extension
    key: LicenseKey
    code: str

    def coupon(self, count: int = 1, **changes: object) -> list[str]:
        """Codes of a fresh batch; by default a year on three seats."""
        operation = {"product": self.product.code, "term": {"days": 365}, "seats": 3}
        told = {"name": "Партия", "count": count, "operations": [operation]} | changes
        command = GenerateCoupons.model_validate(told)
        return batches.generate(self.session, self.vendor.id, command, actor=SYSTEM).codes

    def release(self, version: str = "2.4.0", *rules: dict[str, object], **changes) -> Release:
        """A published release; by default for «Бухгалтерия предприятия» 3.0.150 to 3.0.170."""
        told = {"extension": self.extension.code, "version": version, "notes_ru": "Новое"}
        command = CreateRelease.model_validate(told | {"rules": list(rules or (BUH,))} | changes)
        made = releases.create(
            self.session, self.vendor.id, command, self.cfe(version), actor=SYSTEM
        )
        return releases.publish(self.session, self.vendor.id, made.id, actor=SYSTEM)

    def release_of(self, version: str) -> Release:
        """The release of a version, in whatever state."""
        return self.session.scalars(
            select(Release).where(Release.vendor_id == self.vendor.id, Release.version == version)
        ).one()

    def cfe(self, version: str = "2.4.0") -> bytes:
        """The bytes of this extension at a version."""
        return make_cfe(self.extension.onec_name, "Складской помощник", version, "Вектор", "СП_")

    def eula(self, text: str = "Лицензионное соглашение", **changes: object):
        """The product's next agreement."""
        told = {"product": self.product.code, "text_ru": text} | changes
        command = PublishEula.model_validate(told)
        return eulas.publish_eula(self.session, self.vendor.id, command, actor=SYSTEM)

    def another_key(self, customer: Customer | None = None) -> tuple[LicenseKey, str]:
        """One more empty key, by default of the same customer."""
        command = IssueKey(customer_id=(customer or self.customer).id)
        issued = keys.issue(self.session, self.vendor.id, command, actor=SYSTEM)
        return issued.key, issued.code

    def another_customer(self, company: str = "ООО «Ромашка»") -> Customer:
        """One more client company."""
        command = CreateCustomer(company=company, email="buyer@example.com")
        return customers.create(self.session, self.vendor.id, command, actor=SYSTEM)


def give_root(session: UnitOfWork, vendor: Vendor) -> None:
    """The vendor's first root of trust, without which nothing can be published."""
    request = first_request(session, vendor.id, actor=SYSTEM)
    install(session, first_bundle(request, ROOTS, 1, session.now()), actor=SYSTEM)


def make_world(session: UnitOfWork, prefix: str = "DEMO", *, root: bool = True) -> World:
    """A vendor of this prefix with root of trust, product, extension, customer and empty key."""
    vendor = accounts.create_vendor(
        session,
        CreateVendor(slug=prefix.lower(), name=f"ООО «{prefix}»", prefix=prefix),
        actor=SYSTEM,
    )
    if root:
        give_root(session, vendor)
    product = products.create_product(
        session,
        vendor.id,
        CreateProduct(
            code="warehouse-helper",
            name="Складской помощник",
            default_term={"days": 365},
            default_seats=3,
        ),
        actor=SYSTEM,
    )
    extension = extensions.create_extension(
        session,
        vendor.id,
        CreateExtension(
            product=product.code,
            code="warehouse-helper",
            onec_name="СкладскойПомощник",
            title_ru="Складской помощник",
        ),
        actor=SYSTEM,
    )
    customer = customers.create(
        session,
        vendor.id,
        CreateCustomer(company="ООО «Василёк»", email="buyer@example.com"),
        actor=SYSTEM,
    )
    issued = keys.issue(session, vendor.id, IssueKey(customer_id=customer.id), actor=SYSTEM)
    return World(session, vendor, customer, product, extension, issued.key, issued.code)


def bearer(credential: str) -> dict[str, str]:
    """The header that carries a key, a token or a secret."""
    return {"Authorization": f"Bearer {credential}"}


def an_infobase(label: str = "Бухгалтерия") -> dict[str, object]:
    """An infobase as an agent describes it for an activation, with a fresh id."""
    return {"id": str(uuid.uuid4()), "label": label, "kind": "file"}
