"""One infobase is one seat: moved, copied, seen from two computers, with the state lost."""

import json
import shutil
import uuid

import pytest

from agent.journal import Journal, Operation
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY, hang_up, problem


def run(bench, *words, stdin="", answers=None):
    if answers is not None:
        return bench.typed(*words, answers=answers)
    return bench.run(*words, "--json", stdin=stdin)


def keyed(bench, *words):
    return bench.run(
        *words, "--json", "--key-stdin", "--server", bench.server.url, stdin=f"{KEY}\n"
    )


def add(bench, alias, at, *options):
    return run(bench, "infobases", "add", alias, "--simulated", at, *options)


def move(bench, alias, at, *options):
    return run(bench, "infobases", "move", alias, "--simulated", at, *options)


def shown(bench):
    return {
        one["alias"]: one
        for one in run(bench, "infobases", "list").result["data"]["infobases"]
    }  # fmt: skip


def id_in(folder):
    return json.loads((folder / "infobase.json").read_text("utf-8")).get("infobase_id")


def put(folder, **changes):
    path = folder / "infobase.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")


@pytest.fixture
def copy(bench):
    """The infobase as it is now, in another folder."""

    def make(name="copy"):
        folder = bench.base.parent / name
        shutil.copytree(bench.base, folder)
        return folder

    return make


def test_the_id_is_random_and_left_in_the_infobase(bench):
    add(bench, "A", bench.base)
    assert uuid.UUID(id_in(bench.base)).version == 4
    assert shown(bench)["A"]["id"] == id_in(bench.base)


def test_where_1c_keeps_nothing_for_us_the_place_is_enough(bench):
    bench.write(faults={"infobase_id": "NO_RIGHTS"})
    assert add(bench, "A", bench.base).exit == 0
    first = shown(bench)["A"]["id"]
    assert bench.install().exit == 0
    assert keyed(bench, "check", "--infobase", "A").exit == 0
    assert (shown(bench)["A"]["id"], id_in(bench.base)) == (first, None)
    assert {one for one, _ in bench.server.seats} == {first}


def test_what_is_no_id_is_replaced(bench):
    bench.write(infobase_id="не идентификатор")
    assert add(bench, "A", bench.base).exit == 0
    assert shown(bench)["A"]["id"] == id_in(bench.base)


def test_a_lost_state_costs_no_seat(bench):
    bench.install()
    (bench.home / "state.db").unlink()
    assert bench.install("--yes").exit == 0
    assert len(bench.server.seats) == 1


def test_one_file_infobase_seen_from_two_computers_is_one(bench, monkeypatch):
    bench.install()
    other = bench.home.parent / "another computer"
    shutil.copytree(bench.home / "pins", other / "pins")
    monkeypatch.setenv("PODKLUCH_HOME", str(other))
    assert bench.install("--yes").exit == 0
    assert len(bench.server.seats) == 1


def test_the_id_is_not_read_where_the_place_is_known(bench):
    add(bench, "A", bench.base)
    bench.write(infobase_id=str(uuid.uuid4()))
    assert bench.install().exit == 0
    assert {one for one, _ in bench.server.seats} == {shown(bench)["A"]["id"]}


def test_a_check_takes_over_the_id_it_finds(bench):
    add(bench, "A", bench.base)
    bench.write(infobase_id=str(uuid.uuid4()))
    assert keyed(bench, "check", "--infobase", "A").exit == 0
    assert shown(bench)["A"]["id"] == id_in(bench.base)


def test_an_imported_infobase_gets_its_id_at_the_first_look(bench):
    add(bench, "A", bench.base)
    (bench.home / "state.db").unlink()
    add(bench, "A", bench.base, "--dry-run")
    assert add(bench, "A", bench.base).exit == 0
    assert shown(bench)["A"]["id"] == id_in(bench.base)


# Moved or a copy


@pytest.mark.parametrize("words", [("infobases", "add", "B"), ("status",), ("list",)])
def test_the_id_of_another_place_is_a_question(bench, copy, words):
    add(bench, "A", bench.base)
    there = copy()
    ran = keyed(bench, *words, "--simulated", there)
    assert (ran.exit, ran.result["code"]) == (14, "CONSENT_REQUIRED")
    assert "перенесена или это копия" in ran.result["text"]
    assert "--copy" in ran.result["text"]
    assert id_in(there) == shown(bench)["A"]["id"]


def test_a_copy_gets_an_id_and_a_seat_of_its_own(bench, copy):
    bench.install()
    add(bench, "A", bench.base)
    there = copy()
    assert add(bench, "Копия", there, "--copy").exit == 0
    known = shown(bench)
    assert known["Копия"]["id"] == id_in(there) != known["A"]["id"] == id_in(bench.base)
    bench.server.releases[0].install = {}
    assert keyed(bench, "install", EXTENSION, *ACCEPT, "--infobase", "Копия", "--yes").exit == 0
    assert {one for one, _ in bench.server.seats} <= {one["id"] for one in known.values()}


def test_a_person_says_that_it_was_moved(bench, copy):
    bench.install()
    there, old = copy(), id_in(bench.base)
    ran = run(bench, "infobases", "add", "B", "--simulated", there, answers=["да"])
    assert ran.exit == 0
    assert (shown(bench)["B"]["id"], id_in(there)) == (old, old)


def test_a_person_says_that_it_is_a_copy(bench, copy):
    bench.install()
    there, old = copy(), id_in(bench.base)
    ran = run(bench, "infobases", "add", "B", "--simulated", there, answers=["нет", "да"])
    assert ran.exit == 0
    assert shown(bench)["B"]["id"] == id_in(there) != old


def test_a_person_who_does_not_know_changes_nothing(bench, copy):
    bench.install()
    there, old = copy(), id_in(bench.base)
    ran = run(bench, "infobases", "add", "B", "--simulated", there, answers=["нет", "нет"])
    assert (ran.exit, shown(bench), id_in(there)) == (14, {}, old)


def test_a_test_infobase_that_is_refilled_from_production_stays_itself(bench, copy):
    add(bench, "Рабочая", bench.base)
    there = copy()
    add(bench, "Тест", there, "--copy")
    before = shown(bench)["Тест"]["id"]
    put(there, infobase_id=id_in(bench.base))
    assert keyed(bench, "check", "--infobase", "Тест").exit == 0
    assert shown(bench)["Тест"]["id"] == id_in(there) == before


# infobases move


def test_a_moved_infobase_with_its_id_changes_only_the_place(bench, copy):
    add(bench, "A", bench.base)
    bench.install()
    there = copy("new place")
    before = shown(bench)["A"]["id"]
    ran = move(bench, "A", there)
    assert (ran.exit, ran.result["data"]["seats"]) == (0, [])
    assert (shown(bench)["A"]["id"], shown(bench)["A"]["simulated"]) == (before, str(there))
    assert bench.server.transfers == 0
    ran = keyed(bench, "install", EXTENSION, *ACCEPT, "--infobase", "A")
    assert (ran.result["outcome"], len(bench.server.seats)) == ("noop", 1)


@pytest.mark.parametrize("other", [None, "0b0b0b0b-0000-4000-8000-000000000001"])
def test_without_its_id_the_seat_is_rebound_and_the_journal_follows(bench, copy, other):
    add(bench, "A", bench.base)
    bench.install()
    there = copy("restored")
    put(there, infobase_id=other)
    ran = move(bench, "A", there)
    assert ran.exit == 0
    (seat,) = ran.result["data"]["seats"]
    assert (seat["transfers_used"], bench.server.transfers) == (1, 1)
    new = shown(bench)["A"]["id"]
    assert {one for one, _ in bench.server.seats} == {new}
    assert new == id_in(there) == (other or new)
    (operation,) = run(bench, "status", "--infobase", "A").result["data"]["operations"]
    assert operation["outcome"] == "done"
    ran = keyed(bench, "install", EXTENSION, *ACCEPT, "--infobase", "A")
    assert (ran.result["outcome"], len(bench.server.seats)) == ("noop", 1)


def test_a_used_up_quota_names_its_date_and_moves_nothing(bench, server, copy):
    add(bench, "A", bench.base)
    bench.install()
    there = copy("restored")
    put(there, infobase_id=None)
    refusal = problem(409, "TRANSFER_QUOTA_EXCEEDED", available_at="2026-12-03T09:00:00.000Z")
    server.before("POST activations/rebind", refusal)
    before = shown(bench)["A"]
    ran = move(bench, "A", there)
    assert (ran.exit, ran.result["code"]) == (11, "TRANSFER_QUOTA_EXCEEDED")
    assert "03.12.2026" in ran.result["text"]
    assert ran.result["data"]["available_at"] == "2026-12-03T09:00:00.000Z"
    assert shown(bench)["A"] == before
    assert {one for one, _ in server.seats} == {before["id"]}
    assert move(bench, "A", there).exit == 0
    assert (len(server.seats), server.transfers) == (1, 1)


def test_a_lost_answer_costs_no_second_transfer(bench, server, copy):
    add(bench, "A", bench.base)
    bench.install()
    there = copy("restored")
    put(there, infobase_id=None, faults={"infobase_id": "NO_RIGHTS"})

    def lost(exchange):
        server.bound["a-1"] = (exchange.json["infobase"]["id"], server.products[0])
        server.transfers += 1
        hang_up(exchange)

    server.before("POST activations/rebind", lost, *[hang_up] * 2)
    assert move(bench, "A", there).exit == 10
    assert move(bench, "A", there).exit == 0
    assert (len(server.seats), server.transfers) == (1, 1)
    assert server.bound["a-1"][0] == shown(bench)["A"]["id"]


def test_a_seat_whose_key_is_gone_is_named(bench, copy):
    add(bench, "A", bench.base)
    bench.install()
    there = copy("restored")
    put(there, infobase_id=None)
    vault = bench.home / "vault.json"
    vault.write_text(json.dumps({**json.loads(vault.read_text("utf-8")), "keys": {}}), "utf-8")
    ran = move(bench, "A", there)
    assert (ran.exit, ran.result["data"]["seats"]) == (0, [])
    assert [one["code"] for one in ran.of("warn")] == ["SEAT_LEFT"]


def test_a_kill_after_the_answer_costs_no_second_seat(bench, server, copy, monkeypatch):
    add(bench, "A", bench.base)
    bench.install()
    there = copy("restored")
    put(there, infobase_id=None)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("agent.vault.Vault.move_seat", killed)
    assert move(bench, "A", there).result["code"] == "INTERRUPTED"
    monkeypatch.undo()
    monkeypatch.setenv("PODKLUCH_HOME", str(bench.home))
    assert move(bench, "A", there).exit == 0
    assert (len(server.seats), server.transfers) == (1, 1)
    assert server.bound["a-1"][0] == shown(bench)["A"]["id"]


def test_another_registered_infobase_is_no_new_place(bench, copy):
    add(bench, "A", bench.base)
    there = copy()
    add(bench, "B", there, "--copy")
    before = shown(bench)
    ran = move(bench, "A", there)
    assert (ran.exit, "«B»" in ran.result["text"]) == (2, True)
    assert shown(bench) == before


def test_at_the_new_place_a_copy_of_a_third_one_needs_a_word(bench, copy):
    add(bench, "Третья", bench.base)
    third = copy("copy of the third")
    put(bench.base, infobase_id=None)
    mine = copy("mine")
    add(bench, "Моя", mine)
    put(bench.base, infobase_id=id_in(third))
    ran = move(bench, "Моя", third)
    assert (ran.exit, ran.result["code"]) == (14, "CONSENT_REQUIRED")
    assert move(bench, "Моя", third, "--copy").exit == 0
    assert id_in(third) == shown(bench)["Моя"]["id"] != shown(bench)["Третья"]["id"]


def test_an_interrupted_operation_is_finished_first(bench, copy):
    add(bench, "A", bench.base)
    journal = Journal(bench.home / "state.db")
    started = "2026-11-22T09:00:00.000Z"
    journal.begin(Operation("o", shown(bench)["A"]["id"], bench.server.url, "X", "{}", started))
    journal.close()
    before = shown(bench)
    ran = move(bench, "A", copy())
    assert (ran.exit, "recover" in ran.result["text"]) == (2, True)
    assert shown(bench) == before


def test_what_was_interrupted_is_finished_before_another_id_is_taken_over(bench):
    bench.write(faults={"write": ["lost_after"], "connect": [None, None, "AUTH_FAILED"]})
    assert bench.install().exit == 31
    other = str(uuid.uuid4())
    bench.write(infobase_id=other)
    assert bench.do("check").exit == 0
    assert bench.do("recover").result["outcome"] == "done"
    assert bench.do("check").result["data"]["infobase"]["id"] == other
