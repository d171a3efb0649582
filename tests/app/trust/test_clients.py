"""What a stock TUF client makes of what the server signs."""

import pytest
from sqlalchemy import delete, update
from tuf.api.exceptions import BadVersionNumberError, ExpiredMetadataError, UnsignedMetadataError

from app.trust import queries
from app.trust.models import TrustMetadata, TrustRepository
from app.trust.schemas import KeyRole
from app.trust.service.publishing import republish, resign, sign_targets
from tests.factories.trust import Trusted, path_of, some_signers, target
from tests.factories.world import make_world
from wire.trust import InstallFlag, TargetStatus, read_custom


def test_a_new_agent_sees_what_is_published(trusted, agent, fetcher):
    trusted.publish("2.4.0")
    signed = read_custom(agent().sees("2.4.0"))
    assert signed == target("2.4.0").custom
    names = [name.lstrip("0123456789.") for name, status, _ in fetcher.asked if status == 200]
    assert names == ["timestamp.json", "snapshot.json", "targets.json", "releases.json"]
    assert agent("other").sees("9.9.9") is None


def test_a_newer_publication_is_taken_and_a_look_for_nothing_is_two_questions(
    trusted, agent, fetcher
):
    someone = agent()
    trusted.publish("2.4.0")
    assert someone.sees("2.5.0") is None
    trusted.publish("2.5.0", "2.6.0")
    assert someone.sees("2.5.0")
    assert someone.sees("2.4.0")
    fetcher.asked.clear()
    assert someone.sees("2.6.0")
    assert [status for _, status, _ in fetcher.asked] == [404, 200]


def test_a_release_is_signed_again_when_it_says_something_else(trusted, agent):
    someone = agent()
    trusted.publish("2.4.0")
    told = target("2.4.0", status=TargetStatus.WITHDRAWN, flags=[InstallFlag.BACKUP_REQUIRED])
    sign_targets(trusted.session, trusted.vendor.id, {path_of("2.4.0"): told})
    trusted.session.commit()
    assert read_custom(someone.sees("2.4.0")) == told.custom


def test_a_timestamp_signed_anew_changes_nothing_else(trusted, agent, clock):
    someone = agent()
    trusted.publish("2.4.0")
    someone.sees("2.4.0")
    before = someone.versions()
    clock.pass_(days=1)
    version = resign(trusted.session, trusted.vendor.id)
    trusted.session.commit()
    someone.sees("2.4.0")
    after = someone.versions()
    assert (
        after.pop("timestamp")
        == version
        == queries.answer(trusted.session, trusted.vendor.id).timestamp_version
    )
    assert before.pop("timestamp") < version
    assert after == before


def test_a_timestamp_that_nobody_signed_anew_expires(trusted, agent, clock):
    clock.pass_(days=-31)
    trusted.publish("2.4.0")
    someone = agent()
    with pytest.raises(ExpiredMetadataError):
        someone.sees("2.4.0")
    clock.pass_(days=31)
    resign(trusted.session, trusted.vendor.id)
    trusted.session.commit()
    assert someone.sees("2.4.0")


def test_older_metadata_are_refused(trusted, agent, connection):
    someone = agent()
    trusted.publish("2.4.0")
    old = trusted.row.timestamp_version
    trusted.publish("2.5.0")
    someone.sees("2.5.0")
    connection.execute(update(TrustRepository).values(timestamp_version=old))
    with pytest.raises(BadVersionNumberError):
        someone.sees("2.5.0")


@pytest.mark.parametrize(
    "rotated", [(KeyRole.ONLINE,), (KeyRole.RELEASE,), (KeyRole.RELEASE, KeyRole.ONLINE)]
)
def test_agents_follow_new_keys_of_the_server(trusted, agent, rotated):
    old = agent()
    trusted.publish("2.4.0")
    assert old.sees("2.4.0")
    before = queries.active_keys(trusted.session, trusted.row.id)
    before = {role: key.kid for role, key in before.items()}
    trusted.take(trusted.next(*rotated))
    after = queries.active_keys(trusted.session, trusted.row.id)
    assert {role for role in KeyRole if after[role].kid != before[role]} == set(rotated)
    trusted.publish("2.5.0")
    assert old.sees("2.4.0")
    assert old.sees("2.5.0")
    assert agent("new").sees("2.5.0")
    assert old.versions()["root"] == 2


def test_agents_follow_the_root_to_other_holders(trusted, agent):
    old = agent()
    trusted.publish("2.4.0")
    old.sees("2.4.0")
    heirs = some_signers()
    trusted.take(trusted.next(held=trusted.roots[:1], heirs=heirs))
    trusted.take(trusted.next(KeyRole.ONLINE, held=heirs[1:]))
    trusted.publish("2.5.0")
    assert old.sees("2.5.0")
    assert old.versions()["root"] == 3
    assert agent("new").sees("2.5.0")


def test_an_agent_that_slept_through_many_roots_follows_them_all(trusted, agent):
    old = agent()
    for _ in range(5):
        trusted.take(trusted.next(KeyRole.RELEASE, KeyRole.ONLINE))
    trusted.publish("2.4.0")
    assert old.sees("2.4.0")
    assert old.versions()["root"] == 6


def test_what_the_online_key_signs_is_no_release(trusted, agent, monkeypatch):
    someone = agent()
    trusted.publish("2.4.0")
    online = queries.active_keys(trusted.session, trusted.row.id)[KeyRole.ONLINE]
    monkeypatch.setattr("app.trust.queries.active_keys", lambda *_: dict.fromkeys(KeyRole, online))
    trusted.publish("6.6.6")
    with pytest.raises(UnsignedMetadataError):
        someone.sees("6.6.6")


def test_another_vendors_metadata_are_refused(agent, session):
    other = Trusted(session, make_world(session, "EXTR", root=False).vendor)
    other.begin()
    other.publish("2.4.0")
    misled = agent()
    misled.repository = other.row.repo_id
    with pytest.raises(UnsignedMetadataError):
        misled.sees("2.4.0")


def test_a_restored_backup_is_accepted(trusted, agent, connection, clock):
    someone = agent()
    clock.pass_(minutes=1)
    trusted.publish("2.4.0")
    backup = trusted.row.timestamp_version
    kept = {(row.role, row.version) for row in queries.files(trusted.session, trusted.row.id)}
    for minute in range(3):
        clock.pass_(minutes=1)
        trusted.publish(f"2.5.{minute}")
    assert someone.sees("2.5.2")
    for row in list(queries.files(trusted.session, trusted.row.id)):
        if (row.role, row.version) not in kept:
            connection.execute(
                delete(TrustMetadata).where(
                    TrustMetadata.role == row.role, TrustMetadata.version == row.version
                )
            )
    connection.execute(update(TrustRepository).values(timestamp_version=backup))
    trusted.session.expire_all()
    with pytest.raises(BadVersionNumberError):
        someone.sees("2.4.0")
    clock.pass_(minutes=1)
    republish(trusted.session, trusted.vendor.id)
    trusted.session.commit()
    assert someone.sees("2.4.0")
    assert someone.sees("2.5.2") is None
