"""Unknown coupons are counted, previewed or redeemed; typos are not."""

import pytest

from tests.factories.calls import refused
from wire import codes

pytestmark = pytest.mark.usefixtures("noon")


def unknown():
    return codes.new_code(codes.CodeKind.COUPON, "DEMO").text


def test_previews_of_unknown_coupons_count_as_redemptions_of_them(installer, coupon):
    for number in range(5):
        answer = installer.preview(unknown()) if number % 2 else installer.redeem(unknown())
        assert answer.json()["code"] == "COUPON_NOT_FOUND", number
    for answer in (installer.preview(unknown()), installer.redeem(unknown())):
        assert refused(answer) == (429, "RATE_LIMITED")
    assert installer.redeem(coupon()).status_code == 201


def test_typos_of_coupons_are_not_counted(installer):
    for _ in range(12):
        assert installer.preview(f"{unknown()[:-1]}U").json()["code"] == "COUPON_MALFORMED"
    assert installer.preview(unknown()).json()["code"] == "COUPON_NOT_FOUND"
