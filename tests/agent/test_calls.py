"""What an installation costs in round trips to 1C, as 1C itself counts them."""

from collections import Counter

import pytest

from tests.factories.cfe import good_cfe
from tests.simulators.exchange import Release

CORE = {"install": 25, "upgrade": 27}
ADDITIONS = 12
REFRESH = 2  # only where there is 1C's own library
ADDED = frozenset(
    {
        "ПравоДоступа", "НомерСеансаИнформационнойБазы", "ВерсияПриложения",
        "РежимСовместимости", "КонфигурацияИзменена", "РегистрыСведений",
        "УникальныйИдентификатор", "Строка", "ЗаписьЖурналаРегистрации",
    }
)  # fmt: skip
"""Rights, session, platform, modes, the identity of what is written, and the event log."""


def sessions(bench):
    """Members invoked in each session, in order, without the Connect that began it."""
    found = []
    for line in (bench.base / "calls.log").read_text("utf-8").splitlines():
        kind, _, name = line.partition(" ")
        if (kind, name) == ("invoke", "Connect"):
            found.append([])
        elif kind == "invoke" and found:
            found[-1].append(name)
    return found


def crowd(bench, server, others):
    """So many extensions of other people, all of them sound."""
    first = bench.state.get("extensions", [])
    server.releases = [Release(onec_name="Чужое", data=good_cfe(name="Чужое"))]
    assert bench.install().exit == 0
    row = next(one for one in bench.state["extensions"] if one["name"] == "Чужое")
    rows = [row | {"uuid": f"other-{n}", "name": f"Чужое{n}"} for n in range(others)]
    bench.write(extensions=[*rows, *first])


def counted(bench):
    """Core and additions of the session that wrote, and all of the one that checked."""
    writing, checking = sessions(bench)[-2:]
    assert "Записать" in writing
    calls = Counter(writing)
    identity = 2 * (calls["ХешСумма"] - 1)
    added = sum(calls[name] for name in ADDED) + 1 + identity  # one NewObject is SystemInfo
    refresh = REFRESH * calls["ОбновитьПараметрыРаботыРасширений"]
    return len(writing) - added - refresh, added, len(checking)


@pytest.fixture(params=[False, True], ids=["bare", "bsp"])
def has_bsp(request):
    """Whether 1C's own library is there, whose refresh is a step of its own."""
    return request.param


@pytest.fixture(params=[0, 10, 30])
def crowded(bench, server, request, has_bsp):
    bench.write(has_bsp=has_bsp)
    crowd(bench, server, request.param)
    return bench


@pytest.fixture(params=[False, True])
def unsafe(request):
    """Whether protection goes off, which takes calls of its own."""
    return request.param


def release(version, *, unsafe):
    flags = {"safe_mode_off_required": unsafe, "unsafe_action_protection_off": unsafe}
    return Release(version, install=flags)


def test_an_installation_costs_the_same_among_any_number_of_others(crowded, server, unsafe):
    server.releases = [release("2.4.0", unsafe=unsafe)]
    crowded.write(logs_calls=True)
    assert crowded.install("--consent-unsafe").exit == 0
    core, added, check = counted(crowded)
    assert (core, added, check) == (25 if unsafe else 22, 11, 13)
    assert core <= CORE["install"]
    assert added + 1 <= ADDITIONS  # the event log hears of it from the session that checks


def test_an_upgrade_costs_the_same_among_any_number_of_others(crowded, server, unsafe):
    server.releases = [release("2.4.0", unsafe=False)]
    assert crowded.install().exit == 0
    server.releases.append(release("2.5.0", unsafe=unsafe))
    crowded.write(logs_calls=True)
    assert crowded.install("--consent-unsafe").exit == 0
    core, added, check = counted(crowded)
    assert (core, added, check) == (26 if unsafe else 23, 11, 13)
    assert core <= CORE["upgrade"]
    assert added + 1 <= ADDITIONS


def test_a_log_of_calls_holds_names_only(bench):
    bench.write(logs_calls=True, account={"user": "Админ", "password": "тайна-7f3a"})
    assert bench.install().exit == 0
    log = (bench.base / "calls.log").read_text("utf-8")
    assert "тайна-7f3a" not in log
    assert "Админ" not in log
    assert str(bench.home) not in log
