"""What an examination finds in stored metadata, and that it finds nothing in sound ones."""

import json

import pytest
from sqlalchemy import delete, func, select, update

from app.kit.findings import Weight
from app.kit.signing.ed25519 import to_text
from app.trust import queries
from app.trust.models import TrustKey, TrustMetadata
from app.trust.service.integrity import find_unsound_trust
from app.trust.service.keys import seed_of
from app.trust.service.publishing import resign
from tests.factories.contents import contents


@pytest.fixture
def found(trusted, session):
    """The codes of what is found now."""

    def found() -> list[str]:
        session.expire_all()
        return [finding.code for finding in find_unsound_trust(session)]

    trusted.publish("2.4.0")
    return found


def test_what_was_published_is_sound(found, trusted):
    assert found() == []
    trusted.take(trusted.next())
    assert found() == []


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets", "releases", "online"])
def test_a_changed_file_is_found(found, connection, role):
    newest = select(func.max(TrustMetadata.version)).where(TrustMetadata.role == role)
    here = (TrustMetadata.role == role, TrustMetadata.version == newest.scalar_subquery())
    text = connection.scalar(select(TrustMetadata.content).where(*here)).decode()
    year = json.loads(text)["signed"]["expires"][:4]
    other = text.replace(f'"{year}-', '"2090-').encode()
    connection.execute(update(TrustMetadata).where(*here).values(content=other))
    assert found() == ["TRUST_FILE_CHANGED", "TRUST_CHAIN_BROKEN"]


def test_a_file_that_is_gone_is_found(found, connection):
    connection.execute(delete(TrustMetadata).where(TrustMetadata.role == "snapshot"))
    assert found() == ["TRUST_CHAIN_BROKEN"]


def test_dates_are_told_in_time(found, trusted, session, clock):
    clock.pass_(days=2)
    assert found() == []
    clock.pass_(days=2)
    assert found() == ["TRUST_TIMESTAMP_OLD"]
    resign(session, trusted.vendor.id)
    session.commit()
    assert found() == []
    clock.pass_(days=610)
    resign(session, trusted.vendor.id)
    session.commit()
    [finding] = find_unsound_trust(session)
    assert (finding.code, finding.weight) == ("TRUST_ROOT_EXPIRES", Weight.REMARK)
    clock.pass_(days=110)
    resign(session, trusted.vendor.id)
    session.commit()
    [finding] = find_unsound_trust(session)
    assert (finding.code, finding.weight) == ("TRUST_ROOT_EXPIRES", Weight.FAULT)


def test_many_releases_are_remarked(found, trusted):
    trusted.publish(*(f"3.{number}" for number in range(500)))
    assert found() == ["TRUST_MANY_RELEASES"]


def test_no_private_key_is_readable_in_the_database(trusted, session, connection):
    kept = json.dumps(contents(connection), ensure_ascii=False)
    keys = session.scalars(select(TrustKey)).all()
    assert len(keys) == 2
    for key in keys:
        assert key.public.hex() in kept
        seed = seed_of(session, key)
        assert not any(text in kept for text in (seed.hex(), to_text(seed), str(seed)))
    assert queries.active_keys(session, trusted.row.id)
