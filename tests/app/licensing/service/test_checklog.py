"""The check log: one row per infobase, day and answer; never in the way."""

import hashlib
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Vendor
from app.licensing.models import LicenseCheck
from app.licensing.service import checklog
from tests.factories.clock import NOON


def rows(session):
    session.expire_all()
    return session.scalars(select(LicenseCheck).order_by(LicenseCheck.id)).all()


def test_the_same_answer_is_noted_once_a_day(installer, session):
    for _ in range(3):
        installer.check()
    assert [(row.kind, row.code, row.valid) for row in rows(session)] == [
        ("check", "KEY_EMPTY", False)
    ]


def test_another_answer_and_another_infobase_are_other_rows(installer, session, world):
    installer.check()
    installer.beside().check()
    installer.redeem(world.coupon()[0])
    session.commit()
    installer.check()
    assert [row.code for row in rows(session)] == ["KEY_EMPTY", "KEY_EMPTY", "ACTIVE"]


@pytest.mark.usefixtures("noon")
def test_the_next_day_is_noted_anew(clock, installer, session):
    installer.check()
    clock.at = NOON + timedelta(days=1)
    installer.check()
    assert len(rows(session)) == 2


def test_offers_are_noted_when_nothing_fits(installer, session, world):
    world.release()
    installer.redeem(world.coupon()[0])
    session.commit()
    installer.offers()
    assert rows(session) == []
    trade = {"name": "УправлениеТорговлей", "version": "11.5.1.1"}
    installer.offers(configuration=trade)
    [row] = rows(session)
    assert (row.kind, row.code) == ("offers", "CONFIGURATION_UNSUPPORTED")
    assert row.configuration_name == "УправлениеТорговлей"
    assert row.refusals[0]["version"] == "2.4.0"


def test_a_key_that_is_refused_as_a_whole_is_noted_too(installer, session, world):
    world.key.status = "suspended"
    session.execute(update(Vendor).values(status="suspended"))
    session.info["written"].clear()
    session.commit()
    assert installer.offers().status_code == 403
    assert [row.code for row in rows(session)] == ["VENDOR_SUSPENDED"]


def test_a_failed_note_does_not_fail_the_check(installer, session, connection):
    connection.exec_driver_sql("ALTER TABLE license_checks ADD CHECK (code <> 'KEY_EMPTY')")
    assert installer.check().json()["code"] == "KEY_EMPTY"
    assert rows(session) == []


@pytest.mark.usefixtures("noon")
def test_old_rows_are_forgotten(clock, installer, session):
    installer.check()
    clock.at = NOON + timedelta(days=399)
    assert checklog.forget_old(session) == 0
    clock.at = NOON + timedelta(days=401)
    assert checklog.forget_old(session) == 1


def test_it_knows_what_it_wrote_and_forgets_the_oldest_of_a_row():
    written = checklog.Written()
    names = [hashlib.blake2b(b"%d" % n, digest_size=16).digest() for n in range(5_000)]
    assert not any(name in written for name in names)
    for name in names:
        written.add(name)
    assert all(name in written for name in names)
    row, others = names[0][:4], [bytes([n]) * 12 for n in range(1, 6)]
    for rest in others:
        written.add(row + rest)
    assert [row + rest in written for rest in others] == [False, True, True, True, True]


def test_what_it_remembers_takes_no_more_memory_than_at_first():
    written = checklog.Written()
    before = sys.getsizeof(written._rows)
    for n in range(10_000):
        written.add(hashlib.blake2b(b"%d" % n, digest_size=16).digest())
    assert sys.getsizeof(written._rows) == before
