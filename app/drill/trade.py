"""A vendor at work: sells, redeems, installs and publishes, each act acknowledged on its own."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import CreateVendor
from app.audit.actor import SYSTEM, Caller
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.schemas.products import CreateProduct, DefaultTerm
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import extensions, products, releases
from app.coupons.problems import CouponExhausted
from app.coupons.schemas import GenerateCoupons, RedeemCoupon
from app.coupons.service import batches, redemptions
from app.customers import service as customers
from app.customers.schemas import CreateCustomer
from app.drill.server import Server
from app.kit.db import UnitOfWork, new_id, reading, transaction
from app.kit.fields import Reveal
from app.kit.signing.ed25519 import new_seed, signer_of
from app.licensing.schemas import Activate, IssueKey
from app.licensing.service import activations, keys, revealing
from app.trust import queries as trust
from app.trust.service.ceremony import ROOTS, first_bundle
from app.trust.service.installing import install
from app.trust.service.requests import first_request
from onec.cfe_writer import make_cfe
from wire.enrolment import Connection
from wire.trust import target_path

CODE: Final = "drill"
ACTS: Final = 4
"""So many acknowledged acts is one sale."""


@dataclass(frozen=True, slots=True)
class Sale:
    """What one customer holds: a key, and the coupon that went into it."""

    key_id: UUID
    key: str
    coupon: str


class Trade:
    """The vendor's own side, which outlives any server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        with transaction(server.engine, server.kit) as session:
            made = CreateVendor(slug=CODE, name="Учения", prefix="DRIL")
            self.vendor_id = accounts.create_vendor(session, made, actor=SYSTEM).id
            self._give_root(session)
            self._offer(session)
            self._customer, other = self._buyer(session), self._buyer(session)
        _, self._others = self._key(other)

    def connection(self) -> Connection:
        """What the vendor's clients were given."""
        with reading(self._server.engine, self._server.kit) as session:
            return trust.connection_file(session, self.vendor_id)

    def sell(self) -> Sale:
        """A key, a coupon, its redemption and a seat: a transaction each."""
        (key_id, key), coupon = self._key(self._customer), self._coupon()
        with transaction(self._server.engine, self._server.kit) as session:
            caller = keys.identify(session, key, Caller())
            redemptions.redeem(session, RedeemCoupon(coupon=coupon), caller=caller)
        with transaction(self._server.engine, self._server.kit) as session:
            seat = Activate.model_validate(
                {"product": CODE, "infobase": {"id": new_id(), "label": "База"}}
            )
            activations.activate(session, seat, caller=keys.identify(session, key, Caller()))
        return Sale(key_id, key, coupon)

    def publish(self, version: str) -> str:
        """A release, and the path under which it is signed."""
        told = {
            "extension": CODE,
            "version": version,
            "notes_ru": "Учения",
            "rules": [{"configuration_name": "БухгалтерияПредприятия", "version_from": "3.0"}],
        }
        file = make_cfe("Учения", "Учения", version, "Учения", "Уч_")
        with transaction(self._server.engine, self._server.kit) as session:
            command = CreateRelease.model_validate(told)
            draft = releases.create(session, self.vendor_id, command, file, actor=SYSTEM)
            releases.publish(session, self.vendor_id, draft.id, actor=SYSTEM)
        return target_path(CODE, version)

    def is_redeemed(self, server: Server, sale: Sale) -> bool:
        """Whether the coupon stays used on a server: another key does not get it."""
        try:
            with transaction(server.engine, server.kit) as session:
                caller = keys.identify(session, self._others, Caller())
                redemptions.redeem(session, RedeemCoupon(coupon=sale.coupon), caller=caller)
        except CouponExhausted:
            return True
        return False

    def is_revealed(self, server: Server, sale: Sale) -> bool:
        """Whether the sealed copy of the key opens on a server."""
        with transaction(server.engine, server.kit) as session:
            command = Reveal(cause="checking", reason=None)
            found = revealing.reveal(session, self.vendor_id, sale.key_id, command, actor=SYSTEM)
        return found == sale.key

    def _give_root(self, session: UnitOfWork) -> None:
        request = first_request(session, self.vendor_id, actor=SYSTEM)
        count, threshold = ROOTS[False]
        roots = [signer_of(new_seed()) for _ in range(count)]
        install(session, first_bundle(request, roots, threshold, session.now()), actor=SYSTEM)

    def _offer(self, session: UnitOfWork) -> None:
        product = CreateProduct(
            code=CODE, name="Учения", default_term=DefaultTerm(days=365), default_seats=1
        )
        products.create_product(session, self.vendor_id, product, actor=SYSTEM)
        extension = CreateExtension(product=CODE, code=CODE, onec_name="Учения", title_ru="Учения")
        extensions.create_extension(session, self.vendor_id, extension, actor=SYSTEM)

    def _buyer(self, session: UnitOfWork) -> UUID:
        made = CreateCustomer(company="ООО «Учения»", email="buyer@example.com")
        return customers.create(session, self.vendor_id, made, actor=SYSTEM).id

    def _key(self, customer: UUID) -> tuple[UUID, str]:
        with transaction(self._server.engine, self._server.kit) as session:
            asked = IssueKey(customer_id=customer)
            made = keys.issue(session, self.vendor_id, asked, actor=SYSTEM)
            return made.key.id, made.code

    def _coupon(self) -> str:
        operation = {"product": CODE, "term": {"days": 365}, "seats": 1}
        told = {"name": "Учения", "count": 1, "operations": [operation]}
        with transaction(self._server.engine, self._server.kit) as session:
            command = GenerateCoupons.model_validate(told)
            [code] = batches.generate(session, self.vendor_id, command, actor=SYSTEM).codes
            return code
