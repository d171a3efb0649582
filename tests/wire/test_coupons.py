"""Coupons as they look on the wire."""

from wire.codec import from_dict, to_dict
from wire.coupons import (
    RedemptionPreview,
    RedemptionPreviewRequest,
    RedemptionRequest,
    RedemptionResponse,
)

COUPON = "DEMOUPD-R8D5J-1YGF0-S7EPA-3KQST"
RESERVED = {"server_time": "2026-11-22T09:05:00.000Z", "trust": None}
EFFECT = {
    "operation": "add_product",
    "product": "warehouse-helper",
    "effect": "applied",
    "before": None,
    "after": {
        "valid_until": "2027-11-22",
        "updates_until": None,
        "seats": 3,
        "channel": "stable",
        "features": [],
    },
}
PREVIEW = {
    "possible": True,
    "code": "OK",
    "description": "Купон добавит в ключ продукт «Складской помощник» на 3 места на 365 дней.",
    "effects": [EFFECT],
    "ends_trials": ["price-tags"],
    "before_digest": "b1946ac9",
    **RESERVED,
}
IMPOSSIBLE = {
    "possible": False,
    "code": "COUPON_EXPIRED",
    "description": "Срок купона истёк 30.06.2027",
    "effects": [],
    "ends_trials": [],
    "before_digest": None,
    **RESERVED,
}
REDEMPTION = {
    "redemption": {
        "id": "0198c2a4-bbbb-7000-8000-000000000001",
        "at": "2026-11-22T09:05:00.000Z",
        "replayed": False,
        "effects": [EFFECT],
    },
    **RESERVED,
}


def test_a_preview_shows_before_and_after():
    preview = from_dict(RedemptionPreview, PREVIEW)
    assert preview.effects[0].before is None
    assert preview.effects[0].after.seats == 3
    assert to_dict(preview) == PREVIEW


def test_an_impossible_preview_has_the_same_members():
    assert to_dict(from_dict(RedemptionPreview, IMPOSSIBLE)) == IMPOSSIBLE


def test_a_redemption_may_insist_on_what_the_preview_showed():
    plain = from_dict(RedemptionRequest, {"coupon": COUPON})
    careful = from_dict(RedemptionRequest, {"coupon": COUPON, "before_digest": "b1946ac9"})
    assert (plain.before_digest, careful.before_digest) == (None, "b1946ac9")


def test_a_redemption_tells_what_it_did():
    assert to_dict(from_dict(RedemptionResponse, REDEMPTION)) == REDEMPTION


def test_a_coupon_is_not_printed():
    for message in (RedemptionRequest(COUPON), RedemptionPreviewRequest(COUPON)):
        assert COUPON not in repr(message)
