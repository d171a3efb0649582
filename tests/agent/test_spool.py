import pytest

from agent.client import Client
from agent.journal import Journal
from agent.spool import put_download, put_report, send, waiting
from agent.transport import Route
from tests.simulators.exchange import KEY, hang_up, problem
from wire.extensions import InfobaseReference
from wire.reports import DownloadCompletion, InstallReport, Operation, Outcome


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def client(server):
    made = Client(Route(server.url), KEY)
    yield made
    made.close()


def report(number):
    return InstallReport(
        operation_id=f"o-{number}",
        operation=Operation.INSTALL,
        outcome=Outcome.DONE,
        extension="x",
        infobase=InfobaseReference("i"),
        agent_version="0.1.0",
        occurred_at="2026-11-22T09:00:00.000Z",
    )


def put(journal, server, *numbers):
    with journal.transaction() as db:
        for number in numbers:
            put_report(db, server, report(number))


def results(*rows):
    """An answer of the server with these (operation_id, status, code)."""

    def answer(exchange):
        exchange.answer(200, {"results": [
            {"operation_id": name, "download_id": None, "status": status, "code": code}
            for name, status, code in rows
        ]})  # fmt: skip

    return answer


def test_what_the_server_took_is_gone(journal, client, server):
    put(journal, server.url, 1, 2)
    with journal.transaction() as db:
        put_download(db, server.url, DownloadCompletion("d-1", "sha", 5))
    send(journal, client)
    assert waiting(journal).pending == 0
    assert [one["operation_id"] for one in server.reports] == ["o-1", "o-2"]
    assert server.completed == [{"download_id": "d-1", "sha256": "sha", "bytes": 5}]
    assert server.count("POST install-reports") == 1


def test_what_it_could_not_take_waits_for_the_next_start(journal, client, server):
    put(journal, server.url, 1)
    server.before("POST install-reports", *[hang_up] * 3)
    send(journal, client)
    assert waiting(journal).pending == 1
    send(journal, client)
    assert waiting(journal).pending == 0
    assert len(server.reports) == 1


def test_a_refusal_keeps_it_too(journal, client, server):
    put(journal, server.url, 1)
    server.before("POST install-reports", problem(503, "MAINTENANCE"))
    send(journal, client)
    assert waiting(journal).pending == 1


def test_a_duplicate_is_done(journal, client, server):
    put(journal, server.url, 1)
    server.before("POST install-reports", results(("o-1", "duplicate", None)))
    send(journal, client)
    assert waiting(journal).pending == 0


def test_what_is_rejected_is_not_sent_again_and_holds_up_nothing(journal, client, server):
    put(journal, server.url, 1, 2)
    answer = results(("o-1", "rejected", "DIGEST_MISMATCH"), ("o-2", "stored", None))
    server.before("POST install-reports", answer)
    send(journal, client)
    send(journal, client)
    assert (waiting(journal).pending, waiting(journal).rejected) == (0, 1)
    assert server.count("POST install-reports") == 1


def test_an_answer_that_forgets_one_keeps_that_one(journal, client, server):
    put(journal, server.url, 1, 2)
    server.before("POST install-reports", results(("o-1", "stored", None)), results())
    send(journal, client)
    assert waiting(journal).pending == 1


def test_what_belongs_to_another_server_stays(journal, client):
    put(journal, "https://other.example", 1)
    send(journal, client)
    assert waiting(journal).pending == 1


def test_no_request_carries_more_than_a_hundred(journal, client, server):
    put(journal, server.url, *range(250))
    send(journal, client)
    sizes = [len(body["reports"]) for body in server.bodies("POST install-reports")]
    assert sizes == [100, 100, 50]
    assert waiting(journal).pending == 0


# Through the command line


def test_a_report_the_server_missed_is_sent_by_the_next_command(bench, server):
    server.before("POST install-reports", *[hang_up] * 3)
    ran = bench.install()
    assert (ran.exit, server.reports) == (0, [])
    assert bench.do("check").exit == 0
    assert [one["outcome"] for one in server.reports] == ["done"]


def test_reports_say_nothing_of_paths_people_and_secrets(bench, server):
    bench.write(
        sessions=[{"application": "1CV8C", "computer": "PC-7", "user": "Иванова", "number": 3}],
        faults={"write": "EXCLUSIVE_LOCK"},
    )
    bench.install()
    text = str(server.bodies("POST install-reports"))
    for word in (str(bench.home), str(bench.base), "Иванова", "PC-7", KEY, "pki_", "pkd_"):
        assert word not in text
