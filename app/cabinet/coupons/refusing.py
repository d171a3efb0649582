"""Why a coupon cannot be activated: what is known of the case, and what to do instead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.audit import queries as audit
from app.cabinet.auth import Viewer
from app.cabinet.effects import EffectRow, effect_rows
from app.coupons import problems, queries
from app.coupons.models import Coupon
from app.coupons.queries import Names
from app.coupons.schemas import FindRedemptions
from app.customers.problems import CustomerBlocked
from app.kit.db import KitSession
from app.kit.i18n import N_, fill
from app.kit.problems import Problem
from app.licensing import problems as of_keys
from app.licensing.queries.rights import KeyRights
from app.licensing.schemas import OPERATIONS, ReplaceProducts
from app.licensing.service.state import load

Link = tuple[str, str]
"""An address and a message id."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as the page tells it, under one of the form's fields; `step` is a message id."""

    title: str
    code: str
    place: str = "coupon"
    detail: str = ""
    step: str = ""
    links: Sequence[Link] = ()
    difference: Sequence[EffectRow] = ()
    seats: Sequence[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Case:
    session: KitSession
    viewer: Viewer
    rights: KeyRights
    coupon: Coupon | None

    @property
    def card(self) -> str:
        """The address of the coupon."""
        return f"/cabinet/coupons/{self.coupon.id}" if self.coupon else "/cabinet/coupons"

    @property
    def key(self) -> str:
        """The address of the key."""
        return f"/cabinet/license-keys/{self.rights.key.id}"

    def link(self, permission: str, path: str, text: str) -> list[Link]:
        """A link for those who may follow it."""
        return [(path, text)] if self.viewer.may(permission) else []

    def said(self, message: str, **params: object) -> str:
        """A sentence for the reader."""
        return fill(message, self.viewer.locale, params)

    def mistyped(self, problem: Problem) -> dict[str, Any]:
        """A licence key in the place of the coupon is told so."""
        if problem.params.get("given") == "key":
            step = N_("A coupon has UPD at the end of its first group.")
            return {"title": self.said(N_("This is a licence key, not a coupon")), "step": step}
        return {"step": N_("Compare it with what was sent, group by group.")}

    def unknown(self, _: Problem) -> dict[str, Any]:
        """Well formed, and not one of the vendor's."""
        links = self.link("coupons.read", "/cabinet/coupons", N_("Look for it in the list"))
        return {"step": N_("It is no coupon of yours: ask where it comes from."), "links": links}

    def used(self, problem: Problem) -> dict[str, Any]:
        """When it was used last, by whom and where."""
        if self.coupon is None:
            return {}
        found = queries.redemptions(
            self.session,
            self.viewer.vendor_id,
            FindRedemptions(coupon_id=self.coupon.id, is_reversed=False),
        ).rows
        if not found:
            return {}
        links = self.link(
            "keys.read", f"/cabinet/license-keys/{found[0].key.id}/coupons", N_("Open the use")
        )
        if len(found) > 1:
            links += self.link("coupons.read", self.card, N_("All uses of the coupon"))
        told: dict[str, Any] = {"links": links}
        if isinstance(problem, problems.CouponExhausted):
            told["title"] = self.said(
                N_("Used {count} of {max}, {date}, customer {company}"),
                date=self.day(found[0].redemption.created_at),
                company=found[0].customer.company,
                **problem.params,
            )
        return told | {"step": N_("Take another coupon, or make one like it.")}

    def day(self, at: datetime) -> date:
        """A day in the reader's zone."""
        return at.astimezone(ZoneInfo(self.viewer.zone)).date()

    def disabled(self, _: Problem) -> dict[str, Any]:
        """Since when, and the reason that was entered."""
        if self.coupon is None:
            return {}
        last = audit.last_change(self.session, self.viewer.vendor_id, "coupon", self.coupon.id)
        title = N_("The coupon is disabled since {date}: {reason}")
        told: dict[str, Any] = {
            "step": N_("Enable it on its card, or take another coupon."),
            "links": self.link("coupons.read", self.card, N_("Open the coupon")),
        }
        if last is not None:
            told["title"] = self.said(
                title, date=self.day(last.at), reason=self.coupon.disabled_reason
            )
        return told

    def over(self, _: Problem) -> dict[str, Any]:
        """Its end may be moved."""
        links = self.link("coupons.disable", f"{self.card}/edit", N_("Change its end"))
        return {"links": links, "step": N_("Move its end, or take another coupon.")}

    def not_yet(self, _: Problem) -> dict[str, Any]:
        """It only has to wait."""
        return {"step": N_("Come back on that day, or take another coupon.")}

    def another(self, problem: Problem) -> dict[str, Any]:
        """Never says whose it is."""
        of_key = isinstance(problem, problems.CouponWrongKey)
        title = N_("The coupon is for another key")
        path = f"/cabinet/coupons/generate?key_id={self.rights.key.id}"
        return {
            "title": self.said(title if of_key else N_("The coupon is for another customer")),
            "step": N_("Check the key, or make a coupon for this one."),
            "links": self.link("coupons.generate", path, N_("Make a coupon for this key")),
        }

    def passed(self, _: Problem) -> dict[str, Any]:
        """A date in what the coupon does lies behind us."""
        return {"step": N_("Make a new coupon with a later date.")}

    def key_stopped(self, _: Problem) -> dict[str, Any]:
        """The key, not the coupon."""
        links = self.link("keys.read", self.key, N_("Open the key"))
        step = N_("Make the key work again, or take another key.")
        return {"place": "key", "step": step, "links": links}

    def customer_stopped(self, _: Problem) -> dict[str, Any]:
        """All keys of the customer."""
        path = f"/cabinet/customers/{self.rights.customer.id}"
        links = self.link("customers.read", path, N_("Open the customer"))
        return {"place": "key", "step": N_("Unblock the customer first."), "links": links}

    def vendor_stopped(self, _: Problem) -> dict[str, Any]:
        """Nothing that the vendor's people could do here."""
        return {"place": "key", "step": N_("Ask whoever runs this server.")}

    def present(self, problem: Problem) -> dict[str, Any]:
        """What is there is extended or replaced instead."""
        key = self.rights.key.id
        replaces = f"/cabinet/coupons/generate?preset=replace_products&key_id={key}"
        links = self.link("coupons.generate", replaces, N_("Change the key's products"))
        detail = problem.said_to_staff(self.viewer.locale) if problem.detail else self.products()
        step = N_("Use a coupon that extends the term, or change the products of the key.")
        return {"detail": detail, "step": step, "links": links}

    def unsuited(self, problem: Problem) -> dict[str, Any]:
        """An operation on what the key does not hold, or holds otherwise."""
        title = self.said(N_("{product}: {why}"), **problem.params)
        step = N_("Add the product to the key first, or make a coupon that suits it.")
        return self.present(of_keys.NoEffect()) | {"title": title, "detail": "", "step": step}

    def products(self) -> str:
        """What the coupon is about."""
        if self.coupon is None:
            return ""
        names = queries.names(self.session, self.viewer.vendor_id)
        told: Sequence[Any] = OPERATIONS.validate_python(self.coupon.operations)
        rows: list[Any] = []
        for each in told:
            rows += each.after if isinstance(each, ReplaceProducts) else [each]
        codes = [row.product for row in rows]
        return ", ".join(dict.fromkeys(names.product(code) for code in codes))

    def tried(self, _: Problem) -> dict[str, Any]:
        """A trial that is over is only extended."""
        path = "/cabinet/coupons/generate?preset=extend_trial"
        links = self.link("coupons.generate", path, N_("Make a coupon that extends the trial"))
        step = N_("A used trial is given no second time: extend it, or sell the product.")
        return {"detail": self.products(), "step": step, "links": links}

    def stale(self, _: Problem) -> dict[str, Any]:
        """What the key held when the coupon was made, and what it holds now."""
        made_for = _made_for(self.coupon)
        now = load(self.session, self.viewer.vendor_id, self.rights.key.id).state.snapshot()
        both = [
            {"product": code, "before": made_for.get(code), "after": now.get(code)}
            for code in sorted({*made_for, *now})
            if made_for.get(code) != now.get(code)
        ]
        names: Names = queries.names(self.session, self.viewer.vendor_id)
        more = self.present(of_keys.NoEffect())
        step = N_("Make a new coupon for what the key holds now.")
        rows = effect_rows(both, names, self.viewer.locale)
        return {"difference": rows, "links": more["links"], "step": step}

    def seats(self, problem: Problem) -> dict[str, Any]:
        """The seats that are taken, to be freed."""
        key = self.rights.key.id
        may = self.viewer.may("activations.release")
        taken: Any = problem.params.get("seats_list", ())
        seats = [
            {
                "label": each["label"],
                "machine": each["machine"],
                "path": f"/cabinet/license-keys/{key}/seats/{each['activation_id']}/release"
                if may
                else "",
            }
            for each in taken
        ]
        return {"seats": seats, "step": N_("Free as many seats first.")}


def _made_for(coupon: Coupon | None) -> dict[str, Any]:
    operation = coupon.operations[0] if coupon else {}
    before: dict[str, Any] = operation.get("before") or {}
    return before


_TELLERS: dict[type[Problem], Callable[[_Case, Problem], dict[str, Any]]] = {
    problems.CouponMalformed: _Case.mistyped,
    problems.CouponNotFound: _Case.unknown,
    problems.CouponExhausted: _Case.used,
    problems.CouponAlreadyRedeemed: _Case.used,
    problems.CouponDisabled: _Case.disabled,
    problems.CouponExpired: _Case.over,
    problems.CouponNotStarted: _Case.not_yet,
    problems.CouponWrongKey: _Case.another,
    problems.CouponWrongCustomer: _Case.another,
    of_keys.NoEffect: _Case.present,
    of_keys.NotApplicable: _Case.unsuited,
    of_keys.ProductAlreadyPresent: _Case.present,
    of_keys.TrialAlreadyUsed: _Case.tried,
    of_keys.CouponStale: _Case.stale,
    of_keys.SeatsBelowUsed: _Case.seats,
    of_keys.TermPassed: _Case.passed,
    of_keys.KeySuspended: _Case.key_stopped,
    of_keys.KeyRevoked: _Case.key_stopped,
    of_keys.VendorSuspended: _Case.vendor_stopped,
    CustomerBlocked: _Case.customer_stopped,
}


def refusal_of(
    session: KitSession, viewer: Viewer, problem: Problem, rights: KeyRights, coupon: Coupon | None
) -> Refusal:
    """The refusal with everything that the reader may know of it."""
    told: dict[str, Any] = {"title": fill(problem.title, viewer.locale, problem.params)}
    teller = _TELLERS.get(type(problem))
    if teller is None:
        told["detail"] = problem.said_to_staff(viewer.locale)
    else:
        told |= teller(_Case(session, viewer, rights, coupon), problem)
    return Refusal(code=problem.code, **told)
