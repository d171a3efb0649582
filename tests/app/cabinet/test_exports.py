"""Files hold what their address asks for, and an address that cannot be understood gives none."""

import pytest

from tests.factories.people import Browser, said

LISTS = ("/customers", "/license-keys", "/coupons", "/audit")


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("more", ["nonsense=1", "Status=active", "status[]=active", "vendor_id=1"])
def test_an_unknown_filter_exports_nothing(desk, path, more):
    for answer in (
        desk.get(f"{path}/export?{more}"),
        desk.post(f"{path}/export?{more}", {"format": "csv"}),
    ):
        assert answer.status_code == 422
        assert "text/html" in answer.headers["content-type"]
        assert "a filter that this list does not have" in said(answer)


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_filter_is_none(desk, path):
    assert desk.get(f"{path}/export?nonsense=").status_code == 200


def test_a_case_has_no_other_filters_either(desk, world):
    answer = desk.post(f"/support/key/{world.key.id}/export?nonsense=1")
    assert answer.status_code == 422
