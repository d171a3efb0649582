"""Every refusal of 1C and of COM, at each state of an operation in which it can come."""

import pytest

from agent.codes import Code
from agent.meanings import MEANINGS
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY, Release

COM = {
    Code.COM_NOT_REGISTERED: "com 0x80040154",
    Code.COM_BITNESS: "com 0x800700C1",
    Code.COM_DLL_MISSING: "com 0x8007007E",
    Code.ACCESS_DENIED_DCOM: "com 0x80070005",
    Code.RPC_UNAVAILABLE: "com 0x800706BA",
    Code.MEMBER_NOT_FOUND: "com 0x80020003",
    Code.CONNECTION_LOST: "lost_before",
    Code.CONNECTOR_ERROR: "fail Деление на 0",
}
"""How a code comes about where no text of 1C stands for it."""

CREATION = [
    Code.COM_NOT_REGISTERED, Code.COM_BITNESS, Code.COM_DLL_MISSING, Code.ACCESS_DENIED_DCOM,
    Code.RPC_UNAVAILABLE,
]  # fmt: skip
ENTRANCE = [
    Code.COM_VERSION, Code.SERVER_NOT_FOUND, Code.BASE_NOT_FOUND, Code.AUTH_FAILED,
    Code.SESSIONS_DENIED, Code.NO_LICENSE, Code.RPC_UNAVAILABLE, Code.ACCESS_DENIED_DCOM,
    Code.CONNECTOR_ERROR,
]  # fmt: skip
ANY = [Code.CONNECTION_LOST, Code.NO_RIGHTS, Code.MEMBER_NOT_FOUND, Code.CONNECTOR_ERROR]
CHANGE = [
    *ANY, Code.EXCLUSIVE_LOCK, Code.LOCK_CONFLICT, Code.BAD_FILE, Code.DUPLICATE_NAME,
    Code.FROM_MASTER_NODE,
]  # fmt: skip

BEFORE = [
    *[("HOST_READY", "create", code) for code in CREATION],
    *[("CONNECTED", "create", code) for code in CREATION],
    *[("CONNECTED", "connect", code) for code in ENTRANCE],
    *[("CONNECTED", "facts", code) for code in ANY],
    *[("PROBED", "extensions", code) for code in ANY],
    *[("PRECHECKED", "issues", code) for code in [*ANY, Code.BAD_FILE]],
    *[("WRITING", "write", code) for code in CHANGE],
]
"""What leaves the infobase as it was."""

REMOVAL = [
    *[row for row in BEFORE if row[0] in {"HOST_READY", "CONNECTED", "PROBED"}],
    *[("PRECHECKED", "read", code) for code in ANY],
    *[
        ("WRITING", "delete", code)
        for code in [*ANY, Code.EXCLUSIVE_LOCK, Code.LOCK_CONFLICT, Code.FROM_MASTER_NODE]
    ],
]
"""What leaves in place what was to be removed."""


@pytest.fixture
def provoke(bench, entering):
    """Plans a fault for when the agent enters a state."""

    def plan(state, call, word, times=9):
        faults = {call: [COM.get(word, word)] * times}
        entering(state, lambda: bench.write(faults=faults))

    return plan


@pytest.fixture(params=["install", "upgrade"])
def wished(bench, server, request):
    """A bench in which an operation is about to begin, and what it holds until then."""
    if request.param == "upgrade":
        assert bench.install().exit == 0
        server.releases.append(Release("2.5.0"))
    return bench


def ends_well(bench, server):
    """The next run brings the release, and once only."""
    bench.write(faults={})
    assert bench.install().exit == 0
    assert [data for _, _, data in bench.extensions()] == [server.releases[-1].data]


@pytest.mark.parametrize(("state", "call", "code"), BEFORE)
def test_a_refusal_that_changes_nothing_is_named(wished, server, provoke, state, call, code):
    before = wished.extensions()
    provoke(state, call, code)
    ran = wished.install()
    wished.write(faults={})
    assert (ran.result["code"], ran.result["outcome"]) == (code, "failed")
    assert ran.result["changed"] is False
    assert ran.result["exit_code"] == MEANINGS[code].exit
    assert wished.extensions() == before
    report = server.reports[-1]
    assert (report["outcome"], report["code"], report["failed_state"]) == ("failed", code, state)
    ends_well(wished, server)


@pytest.mark.parametrize(("state", "call", "code"), REMOVAL)
def test_a_refusal_that_removes_nothing_is_named(bench, server, provoke, state, call, code):
    bench.install()
    before = bench.extensions()
    provoke(state, call, code)
    ran = bench.do("uninstall", EXTENSION)
    bench.write(faults={})
    assert (ran.result["code"], ran.result["outcome"]) == (code, "failed")
    assert ran.result["changed"] is False
    assert ran.result["exit_code"] == MEANINGS[code].exit
    assert bench.extensions() == before
    report = server.reports[-1]
    assert (report["operation"], report["code"], report["failed_state"]) == (
        "uninstall", code, state,
    )  # fmt: skip
    assert bench.do("uninstall", EXTENSION).exit == 0
    assert bench.extensions() == []


@pytest.mark.parametrize("code", ANY)
def test_a_copy_that_cannot_be_read_stops_the_upgrade(bench, server, provoke, code):
    assert bench.install().exit == 0
    before = bench.extensions()
    server.releases.append(Release("2.5.0"))
    provoke("PRECHECKED", "read", code)
    ran = bench.install()
    assert (ran.result["code"], ran.result["changed"]) == (code, False)
    assert bench.extensions() == before
    ends_well(bench, server)


@pytest.mark.parametrize("code", ANY)
def test_a_look_that_fails_after_the_write_is_repeated(wished, server, provoke, code):
    provoke("REREAD_OK", "extensions", code, times=1)
    ran = wished.install()
    assert (ran.exit, ran.result["outcome"]) == (0, "done")
    assert "INSPECTING" in server.reports[-1]["durations_ms"]
    assert [data for _, _, data in wished.extensions()] == [server.releases[-1].data]


@pytest.mark.parametrize("code", [Code.NO_RIGHTS, Code.LOCK_CONFLICT, Code.CONNECTOR_ERROR])
def test_a_library_that_is_not_refreshed_takes_the_change_back(wished, server, provoke, code):
    wished.write(has_bsp=True)
    before = wished.extensions()
    provoke("REFRESHED", "refresh", code)
    ran = wished.install()
    assert (ran.exit, ran.result["outcome"], ran.result["code"]) == (
        34, "rolled_back", "ROLLED_BACK",
    )  # fmt: skip
    assert wished.extensions() == before
    assert server.reports[-1]["code"] == "BSP_REFRESH_FAILED"
    ends_well(wished, server)


def test_a_connection_lost_while_the_library_is_refreshed_is_no_failure(wished, server, provoke):
    wished.write(has_bsp=True)
    provoke("REFRESHED", "refresh", Code.CONNECTION_LOST, times=1)
    assert wished.install().exit == 0
    assert [data for _, _, data in wished.extensions()] == [server.releases[-1].data]


@pytest.mark.parametrize(
    ("call", "code"), [*[("connect", code) for code in ENTRANCE], *[("presence", c) for c in ANY]]
)
def test_a_check_that_cannot_be_made_is_left_to_the_next_run(wished, server, provoke, call, code):
    reports = len(server.reports)
    provoke("VERIFIED_NEW_SESSION", call, code)
    ran = wished.install()
    assert (ran.result["code"], ran.result["changed"]) == (code, True)
    assert ran.result["exit_code"] == MEANINGS[code].exit
    assert len(server.reports) == reports
    wished.write(faults={})
    again = wished.install()
    assert again.of("warn")[0]["data"]["outcome"] == "done"
    assert [data for _, _, data in wished.extensions()] == [server.releases[-1].data]


@pytest.mark.parametrize("code", [*CREATION, *ENTRANCE])
def test_the_first_look_into_the_infobase_can_fail_as_well(bench, code):
    key = "create" if code in CREATION else "connect"
    bench.write(faults={key: COM.get(code, code.value)})
    ran = bench.do("check")
    assert (ran.result["code"], ran.result["exit_code"]) == (code, MEANINGS[code].exit)
    assert ran.result["changed"] is False


def test_an_english_1c_is_understood_as_well(bench, provoke):
    bench.write(language="en", english_names_only=True)
    provoke("WRITING", "write", Code.BAD_FILE)
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "BAD_FILE")


@pytest.mark.parametrize(
    ("state", "member", "code", "exit_code"),
    [
        ("CONNECTED", "Connect", "HANG", 31),
        ("PRECHECKED", "ПроверитьВозможностьПрименения", "HANG", 31),
        ("WRITING", "Записать", "CONNECTION_LOST", 34),
    ],
)
def test_a_1c_that_does_not_answer_is_ended(distant, provoke, state, member, code, exit_code):
    """The child is killed; what the write did is looked at, and it did nothing."""
    (distant.home / "agent.toml").write_text("[timeouts]\nconnect = 3\ncheck = 3\nwrite = 3\n")
    provoke(state, member, "hang 600", times=1)
    ran = distant.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (exit_code, code, False)
    assert distant.extensions() == []
    distant.write(faults={})
    assert distant.install().exit == 0


@pytest.mark.parametrize("json", [False, True])
def test_a_hostile_text_of_1c_reaches_nobody_as_it_is(bench, provoke, server, json):
    provoke("WRITING", "write", "fail \u202eФайл\x1b[31m Pwd=тайна-9c1; C:\\Users\\Пётр\\база")
    shown = ["--json"] * json
    ran = bench.run(
        *("install", EXTENSION, *ACCEPT, *shown, "--key-stdin"),
        *("--simulated", bench.base, "--server", server.url),
        stdin=f"{KEY}\n",
    )
    assert ran.exit == 34
    assert "Файл" in ran.out + ran.err
    (report,) = server.reports
    assert "Файл" in report["message"]
    for hostile in ("\u202e", "\x1b", "\\u202e", "\\u001b", "тайна-9c1"):
        assert hostile not in ran.out + ran.err + str(report)
    assert "Пётр" not in str(report)
