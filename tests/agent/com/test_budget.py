"""Round trips of one installation: the core, and what was added to it, counted apart."""

import uuid

import pytest

from agent.com.session import Parcel
from agent.infobase import Properties
from tests.agent.com.bases import DATA, NAME, NEWER

CORE = {"install": 25, "upgrade": 27}
ADDITIONS = 12
REFRESH = 2  # only where there is 1C's own library
# Rights, session, platform, modes, the identity of what is written, and the entry of the log.
# `String` is said of the compatibility mode and the identity only. The identity is the UUID of what
# is new, and the HashSum before the write of what is known.
ADDED = (
    "ПравоДоступа",
    "НомерСеансаИнформационнойБазы",
    "ВерсияПриложения",
    "РежимСовместимости",
    "КонфигурацияИзменена",
    "РегистрыСведений",
    "УникальныйИдентификатор",
    "String",
    "ЗаписьЖурналаРегистрации",
)
WANTED = {
    "safe": Properties(use_default_roles=False),
    "unsafe": Properties(safe_mode=False, unsafe_operation_warnings=False, use_default_roles=False),
}


def crowded(base, others):
    """An infobase with so many extensions of other people."""
    session = base.session()
    session.create(Parcel(DATA), WANTED["safe"])
    state = base.state
    (row,) = state["extensions"]
    rows = [row | {"uuid": str(uuid.uuid4()), "name": f"Чужое{n}"} for n in range(others)]
    (before,) = session.extensions(NAME)
    base.set(extensions=[*rows, row], faults={})
    return before


def story(base, before, wanted, data):
    """What an installation asks of 1C, from its first question to its last."""
    path = base.handed / "x.cfe"
    path.write_bytes(data)
    session, parcel = base.session(), Parcel(data, path)
    assert session.number
    session.facts()
    found = session.extensions(NAME, before)
    assert session.facts() is session.facts()
    if before is not None:
        assert found == [before]
        session.read(before.uuid, base.handed / "out.cfe")
    assert session.issues(NAME, parcel) == []
    if before is None:
        stale = session.create(parcel, wanted)
    else:
        stale = session.replace(before.uuid, parcel, wanted)
    (one,) = session.extensions(NAME, stale)
    assert one.properties == wanted
    session.refresh_parameters()
    session.log_event("установлено")
    return one, session.connection.tally


def counted(tally):
    """Core and additions; the object of the platform's facts is one of `NewObject`."""
    whole = tally.invokes.total() - tally.invokes["Connect"]
    refresh = tally.invokes["ОбновитьПараметрыРаботыРасширений"] * REFRESH
    identity = 2 * (tally.invokes["ХешСумма"] - 1)
    added = sum(tally.invokes[name] for name in ADDED) + 1 + identity
    return whole - added - refresh, added


@pytest.mark.parametrize("has_bsp", [False, True])
@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("kind", list(WANTED))
@pytest.mark.parametrize("others", [0, 10, 30])
def test_an_install_stays_within_its_calls(base, others, kind, english, has_bsp):
    crowded(base, others)
    rows = [row for row in base.state["extensions"] if row["name"] != NAME]
    base.set(extensions=rows, has_bsp=has_bsp, english_names_only=english)
    _, tally = story(base, None, WANTED[kind], DATA)
    core, added = counted(tally)
    assert (core, added) == (25 if kind == "unsafe" else 22, 12)
    assert core <= CORE["install"]
    assert added <= ADDITIONS


@pytest.mark.parametrize("has_bsp", [False, True])
@pytest.mark.parametrize("kind", list(WANTED))
@pytest.mark.parametrize("others", [0, 10, 30])
def test_an_upgrade_stays_within_its_calls(base, others, kind, has_bsp):
    before = crowded(base, others)
    base.set(has_bsp=has_bsp)
    _, tally = story(base, before, WANTED[kind], NEWER)
    core, added = counted(tally)
    assert (core, added) == (26 if kind == "unsafe" else 23, 12)
    assert core <= CORE["upgrade"]
    assert added <= ADDITIONS


@pytest.mark.parametrize("others", [0, 10, 30])
def test_the_check_in_a_new_session_does_not_grow_with_other_extensions(base, others):
    before = crowded(base, others)
    session = base.session()
    session.presence(before)
    assert session.connection.tally.invokes.total() - 1 == 11


def test_an_inventory_costs_the_same_for_each_extension(base):
    crowded(base, 9)
    session = base.session()
    assert len(session.extensions()) == 10
    assert session.connection.tally.invokes.total() - 1 == 3 + 10 * 18
