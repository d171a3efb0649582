"""What the clients of a race do: each act in the transaction that its route would give it."""

from collections.abc import Callable, Mapping
from uuid import UUID

from app.audit.actor import SYSTEM
from app.coupons.schemas import RedeemCoupon, ReverseRedemption
from app.coupons.service import redemptions, reversals
from app.kit.db import UnitOfWork
from app.licensing.schemas import Activate, Rebind, RotateKey, WithReason
from app.licensing.service import activations, lifecycle, transfers
from app.licensing.service.keys import InstallerPrincipal
from tests.factories.calls import PRODUCT

Call = Mapping[str, str]
"""The name of an `act`, the `holder` of a credential who does it, and what else it needs."""
Done = tuple[object, bool]
"""The id of what the act made or found, and whether it was this call that made it."""

REASON = "Гонка"


def redeem(session: UnitOfWork, caller: InstallerPrincipal, call: Call) -> Done:
    done = redemptions.redeem(session, RedeemCoupon(coupon=call["coupon"]), caller=caller)
    return done.redemption.id, not done.replayed


def activate(session: UnitOfWork, caller: InstallerPrincipal, call: Call) -> Done:
    infobase = {"id": call["infobase"], "label": "База"}
    done = activations.activate(
        session, Activate(product=PRODUCT, infobase=infobase), caller=caller
    )
    return done.activation.id, done.created


def release(session: UnitOfWork, caller: InstallerPrincipal, _: Call) -> Done:
    transfers.release_own(session, caller.activation_id, caller=caller)
    return caller.activation_id, True


def rebind(session: UnitOfWork, caller: InstallerPrincipal, call: Call) -> Done:
    command = Rebind(infobase={"id": call["infobase"], "label": "Новое место"})
    token, own = call["holder"], caller.activation_id
    done = transfers.rebind(session, own, command, token, caller=caller)
    return own, done.moved


def suspend(session: UnitOfWork, caller: InstallerPrincipal, _: Call) -> Done:
    told = WithReason(reason=REASON)
    lifecycle.suspend(session, caller.vendor_id, caller.key_id, told, actor=SYSTEM)
    return caller.key_id, True


def resume(session: UnitOfWork, caller: InstallerPrincipal, _: Call) -> Done:
    lifecycle.resume(session, caller.vendor_id, caller.key_id, actor=SYSTEM)
    return caller.key_id, True


def revoke(session: UnitOfWork, caller: InstallerPrincipal, _: Call) -> Done:
    told = WithReason(reason=REASON)
    lifecycle.revoke(session, caller.vendor_id, caller.key_id, told, actor=SYSTEM)
    return caller.key_id, True


def rotate(session: UnitOfWork, caller: InstallerPrincipal, _: Call) -> Done:
    told = RotateKey(reason=REASON, grace_hours=0)
    lifecycle.rotate(session, caller.vendor_id, caller.key_id, told, actor=SYSTEM)
    return caller.key_id, True


def reverse(session: UnitOfWork, caller: InstallerPrincipal, call: Call) -> Done:
    told, redemption = ReverseRedemption(reason=REASON), UUID(call["redemption"])
    done = reversals.reverse(session, caller.vendor_id, redemption, told, actor=SYSTEM)
    return redemption, bool(done.effects)


ACTS: Mapping[str, Callable[[UnitOfWork, InstallerPrincipal, Call], Done]] = {
    act.__name__: act
    for act in (redeem, activate, release, rebind, suspend, resume, revoke, rotate, reverse)
}
