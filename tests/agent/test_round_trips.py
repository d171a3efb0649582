"""Round trips of the whole agent to 1C: the session that writes, and the one that verifies."""

import base64
import uuid
from collections import Counter

import pytest

from tests.factories.cfe import good_cfe
from tests.simulators.exchange import Release

CORE = {"install": 25, "upgrade": 27}
ADDITIONS = 12
REFRESH = 2  # only where there is 1C's own library
VERIFICATION = 16  # of the session after: whether it runs with the extension, and the log
# Rights, session, platform, modes, the identity of what is written, and the entry of the log.
# `Строка` is said of the compatibility mode and the identity only.
ADDED = (
    "ПравоДоступа",
    "НомерСеансаИнформационнойБазы",
    "ВерсияПриложения",
    "РежимСовместимости",
    "КонфигурацияИзменена",
    "РегистрыСведений",
    "УникальныйИдентификатор",
    "Строка",
    "ЗаписьЖурналаРегистрации",
)


def crowd(bench, others):
    """Extensions of other people."""
    data = good_cfe(name="Чужое")
    stored = bench.state["extensions"] if bench.state.get("extensions") else []
    bench.write(
        logs_calls=True,
        extensions=[
            *stored,
            *(
                {
                    "uuid": str(uuid.uuid4()),
                    "name": f"Чужое{n}",
                    "version": "1",
                    "hash_sum": base64.b64encode(bytes([n + 1] * 20)).decode(),
                    "data": base64.b64encode(data).decode(),
                }
                for n in range(others)
            ),
        ],
    )


def sessions(bench):
    """Members that each session invoked, in the order of the sessions."""
    found = []
    log = bench.base / "calls.log"
    for line in log.read_text("utf-8").splitlines():
        what, _, name = line.partition(" ")
        if line == "invoke Connect":
            found.append(Counter())
        elif what == "invoke" and found:
            found[-1][name] += 1
    log.unlink()
    return found


def counted(session):
    """Core and additions; the object of the platform's facts is one of `NewObject`."""
    refresh = session["ОбновитьПараметрыРаботыРасширений"] * REFRESH
    identity = 2 * (session["ХешСумма"] - 1)
    added = sum(session[name] for name in ADDED) + 1 + identity
    return session.total() - added - refresh, added


@pytest.mark.parametrize("has_bsp", [False, True])
@pytest.mark.parametrize("goes_unsafe", ["install", "upgrade"])
def test_an_install_and_an_upgrade_stay_within_their_calls(bench, server, has_bsp, goes_unsafe):
    unsafe = {"safe_mode_off_required": True, "unsafe_action_protection_off": True}
    spent = {"install": set(), "upgrade": set()}
    for others in (0, 10, 30):
        bench.write(has_bsp=has_bsp, extensions=[])
        crowd(bench, others)
        for kind, version in (("install", "2.4.0"), ("upgrade", "2.5.0")):
            server.releases = [Release(version, install=unsafe if kind == goes_unsafe else {})]
            assert bench.install("--consent-unsafe").exit == 0
            *_, working, verifying = sessions(bench)
            assert working["Записать"] >= 1
            spent[kind].add((*counted(working), verifying.total()))
    for kind, found in spent.items():
        ((core, added, verification),) = found  # the same among 0, 10 and 30 others
        assert core <= CORE[kind]
        assert added <= ADDITIONS
        assert verification <= VERIFICATION
