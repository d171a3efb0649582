"""What people see of a state: an icon, a word and a tint, one table for all pages."""

from dataclasses import dataclass

from app.kit.i18n import N_

OK, WARN, BAD, INFO, NEUTRAL = "ok", "warn", "bad", "info", "neutral"


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown; the word is a message id."""

    tone: str
    icon: str
    word: str


def _ok(word: str, icon: str = "check-circle") -> Look:
    return Look(OK, icon, word)


def _warn(word: str, icon: str = "exclamation-triangle") -> Look:
    return Look(WARN, icon, word)


def _bad(word: str, icon: str = "x-circle") -> Look:
    return Look(BAD, icon, word)


def _neutral(word: str, icon: str = "dash-circle") -> Look:
    return Look(NEUTRAL, icon, word)


_WHOLE_KEY = {
    "VENDOR_SUSPENDED": _bad(N_("vendor suspended"), "slash-circle"),
    "CUSTOMER_BLOCKED": _bad(N_("customer blocked"), "slash-circle"),
    "KEY_REVOKED": _bad(N_("revoked")),
    "KEY_SUSPENDED": _warn(N_("suspended"), "pause-circle"),
}
LOOKS: dict[str, dict[str, Look]] = {
    "customer": {
        "active": _ok(N_("active")),
        "blocked": _bad(N_("blocked"), "slash-circle"),
        "archived": _neutral(N_("archived")),
    },
    "distributor": {"active": _ok(N_("active")), "archived": _neutral(N_("archived"))},
    "product": {
        "draft": _neutral(N_("draft"), "pencil"),
        "active": _ok(N_("active")),
        "archived": _neutral(N_("archived")),
    },
    "extension": {
        "offered": _ok(N_("offered")),
        "nothing": _neutral(N_("nothing published"), "pencil"),
        "hidden": _neutral(N_("not offered")),
    },
    "check": {
        "ok": _ok(N_("ready")),
        "look": _warn(N_("have a look")),
        "missing": _bad(N_("missing")),
    },
    "key": {
        **_WHOLE_KEY,
        "KEY_EMPTY": _neutral(N_("empty")),
        "ACTIVE": _ok(N_("active")),
        "EXPIRING": _warn(N_("expiring"), "hourglass-split"),
        "ENTITLEMENT_NOT_STARTED": _neutral(N_("not started"), "clock-history"),
        "ENTITLEMENT_SUSPENDED": _warn(N_("suspended"), "pause-circle"),
        "ENTITLEMENT_EXPIRED": _bad(N_("expired")),
        "TRIAL_EXPIRED": _bad(N_("expired")),
        "ENTITLEMENT_WITHDRAWN": _neutral(N_("empty")),
    },
    "entitlement": {
        **_WHOLE_KEY,
        "ACTIVE": _ok(N_("active")),
        "EXPIRING": _warn(N_("expiring"), "hourglass-split"),
        "ENTITLEMENT_NOT_STARTED": _neutral(N_("not started"), "clock-history"),
        "ENTITLEMENT_SUSPENDED": _warn(N_("suspended"), "pause-circle"),
        "ENTITLEMENT_EXPIRED": _bad(N_("expired")),
        "TRIAL_EXPIRED": _bad(N_("trial ended")),
        "ENTITLEMENT_WITHDRAWN": _bad(N_("taken out")),
    },
    "coupon": {
        "active": _ok(N_("active")),
        "not_started": _neutral(N_("not started"), "clock-history"),
        "exhausted": _neutral(N_("used"), "check-lg"),
        "expired": _bad(N_("expired")),
        "disabled": _bad(N_("disabled"), "slash-circle"),
    },
    "release": {
        "draft": _neutral(N_("draft"), "pencil"),
        "published": _ok(N_("published")),
        "paused": _warn(N_("paused"), "pause-circle"),
        "withdrawn": _bad(N_("withdrawn")),
    },
    "activation": {
        "active": _ok(N_("active")),
        "released": _neutral(N_("given back")),
        "revoked": _bad(N_("taken away")),
        "stale": _warn(N_("not heard of for long"), "clock-history"),
    },
    "report": {
        "installed": _ok(N_("installed")),
        "restart_needed": _warn(N_("restart needed"), "arrow-clockwise"),
        "rolled_back": _warn(N_("rolled back"), "arrow-counterclockwise"),
        "rollback_failed": _bad(N_("rollback failed")),
        "failed": _bad(N_("failed")),
        "noop": _neutral(N_("was installed already")),
    },
    "verdict": {
        "compatible": _ok(N_("fits")),
        "untested": _warn(N_("not tested"), "question-circle"),
        "incompatible": _bad(N_("does not fit")),
    },
    "outcome": {"ok": _ok(N_("done")), "denied": _bad(N_("refused"), "slash-circle")},
    "download": {
        "issued": _neutral(N_("allowed"), "clock-history"),
        "started": _neutral(N_("started"), "clock-history"),
        "completed": _ok(N_("completed")),
        "aborted": _warn(N_("not completed")),
    },
    "letter": {
        "queued": _neutral(N_("queued"), "clock-history"),
        "sent": _ok(N_("sent"), "send"),
        "failed": _bad(N_("not delivered")),
    },
    "token": {
        "active": _ok(N_("active")),
        "expired": _bad(N_("expired")),
        "revoked": _bad(N_("revoked")),
    },
    "health": {
        "ok": _ok(N_("in order")),
        "warn": _warn(N_("look at it")),
        "fail": _bad(N_("broken")),
    },
    "story": {
        "ok": _ok(N_("done")),
        "denied": _bad(N_("refused"), "slash-circle"),
        "failed": _bad(N_("failed")),
        "rolled_back": _warn(N_("rolled back"), "arrow-counterclockwise"),
    },
    "redemption": {
        "done": _ok(N_("applied")),
        "reversed": _neutral(N_("taken back"), "arrow-counterclockwise"),
    },
}
"""By kind of thing and its state."""


def look_of(kind: str, state: str) -> Look:
    """How a state is shown; one that is not in the table is a defect and raises KeyError."""
    return LOOKS[kind][state]
