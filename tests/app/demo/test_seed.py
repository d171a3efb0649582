import stat
from pathlib import Path

from app.accounts import queries as accounts
from app.catalog.service import releases, signing
from app.demo import seed
from app.kit.db import UnitOfWork
from app.trust import queries as trust
from tests.factories.world import bearer

BUH = {"configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}}


def test_the_demo_data_show_every_verdict_and_both_kinds_of_key(session: UnitOfWork, client):
    made = seed.load(session)
    session.commit()
    assert accounts.vendor_by_slug(session, seed.SLUG).prefix == "DEMO"
    offers = client.post(
        "/api/v1/offers", json=BUH | {"show_all": True}, headers=bearer(made.key)
    ).json()["data"]
    assert [(row["release"]["version"], row["verdict"], row["best"]) for row in offers] == [
        ("2.0.0", "incompatible", False),
        ("1.1.0", "untested", False),
        ("1.0.0", "compatible", True),
    ]
    assert offers[0]["eula"]["accepted"] is False
    empty = client.post("/api/v1/license-checks", json={}, headers=bearer(made.empty_key)).json()
    assert empty["code"] == "KEY_EMPTY"
    for coupon in made.coupons:
        preview = client.post(
            "/api/v1/redemptions/preview", json={"coupon": coupon}, headers=bearer(made.empty_key)
        )
        assert preview.json()["possible"] is True


def test_the_codes_are_kept_for_this_user_only(tmp_path: Path):
    codes = seed.Credentials("extension", "DEMO-1", "DEMO-2", ["DEMOUPD-1", "DEMOUPD-2"])
    codes.stories["seats"] = "DEMO-3"
    assert seed.kept(tmp_path) is None
    codes.keep(tmp_path)
    assert stat.S_IMODE((tmp_path / seed.FILE).stat().st_mode) == 0o600
    assert seed.kept(tmp_path) == codes


def test_a_damaged_file_of_codes_is_as_good_as_none(tmp_path: Path):
    for text in ("key = ", "key = 'x'", "\udc80"):
        (tmp_path / seed.FILE).write_text(text, encoding="utf-8", errors="surrogateescape")
        assert seed.kept(tmp_path) is None


def test_demo_data_of_before_there_were_roots_get_one(session: UnitOfWork, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(seed, "trust_vendor", lambda _: None)
        before.setattr(releases, "_require_ready", lambda *_: None)
        seed.load(session)
    vendor = accounts.vendor_by_slug(session, seed.SLUG)
    for _ in range(2):
        seed.trust_vendor(session)
        assert trust.ready_repository(session, vendor.id).root_version == 1
        assert not signing.unsigned(session, vendor.id)
