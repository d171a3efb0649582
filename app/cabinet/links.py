"""Where a thing is shown: addresses by its kind, as search and events name it."""

from app.accounts.schemas import Permission
from app.cabinet.auth import Viewer

_PATHS = {
    "customer": "/cabinet/customers/{}",
    "key": "/cabinet/license-keys/{}",
    "coupon": "/cabinet/coupons/{}",
    "batch": "/cabinet/coupons/batches/{}",
    "infobase": "/cabinet/installations?infobase_id={}",
    "activation": "/cabinet/installations/reports?activation_id={}",
    "product": "/cabinet/products/{}",
    "extension": "/cabinet/extensions/{}",
    "release": "/cabinet/releases/{}",
    "download": "/cabinet/downloads?download_id={}",
    "report": "/cabinet/installations/{}",
    "code": "/cabinet/installations/reports?code={}",
    "event": "/cabinet/audit/{}",
}
STORIES = ("key", "customer", "coupon", "infobase", "activation", "request", "address")
_ONLY_STORIES = ("infobase", "activation", "request", "address")
_SUBJECTS = {"license_key": "key", "coupon_batch": "batch"}
_READ_BY = {
    "customer": Permission.CUSTOMERS_READ,
    "key": Permission.KEYS_READ,
    "coupon": Permission.COUPONS_READ,
    "batch": Permission.COUPONS_READ,
    "product": Permission.CATALOG_READ,
    "extension": Permission.CATALOG_READ,
    "release": Permission.CATALOG_READ,
}


def story_path(kind: str, ident: object) -> str:
    """The story of a thing."""
    return f"/cabinet/support/{kind}/{ident}"


def path_of(viewer: Viewer, kind: str, ident: object) -> str:
    """The card of a thing; what has none is shown by its story, to those who may read it."""
    if kind in _ONLY_STORIES and viewer.may(Permission.SUPPORT_READ):
        return story_path(kind, ident)
    return _PATHS[kind].format(ident)


def subject_path(viewer: Viewer, subject_kind: str, subject_id: object) -> str:
    """Where to go from what an event is about; empty if the viewer has nothing to open there."""
    kind = _SUBJECTS.get(subject_kind, subject_kind)
    if kind in ("infobase", "activation"):
        return story_path(kind, subject_id) if viewer.may(Permission.SUPPORT_READ) else ""
    needed = _READ_BY.get(kind)
    may_open = needed is not None and viewer.may(needed)
    return _PATHS[kind].format(subject_id) if may_open else ""
