from tests.simulators.bench import EXTENSION
from tests.simulators.exchange import KEY, problem


def test_a_seat_is_taken_once(bench, server):
    ran = bench.do("activate", EXTENSION)
    assert (ran.exit, ran.result["outcome"], ran.result["changed"]) == (0, "done", True)
    assert "1 из 3" in ran.result["text"]
    again = bench.do("activate")
    assert (again.exit, again.result["outcome"]) == (0, "noop")
    assert len(server.seats) == 1
    assert bench.extensions() == []


def test_a_seat_is_given_back_once(bench, server):
    bench.install()
    ran = bench.do("deactivate", EXTENSION)
    assert (ran.exit, ran.result["outcome"], ran.result["changed"]) == (0, "done", True)
    assert server.seats == set()
    assert len(bench.extensions()) == 1
    again = bench.do("deactivate")
    assert (again.exit, again.result["outcome"], again.result["changed"]) == (0, "noop", False)
    assert server.count("DELETE activations") == 1


def test_a_seat_is_given_back_without_anything_kept_here(bench, server):
    bench.do("activate")
    (bench.home / "state.db").unlink()
    (bench.home / "vault.json").unlink()
    assert bench.do("deactivate").exit == 0
    assert server.seats == set()


def test_a_product_may_be_named_by_its_extension(bench, server):
    server.products = ["warehouse"]
    assert bench.do("activate", EXTENSION).result["data"] == {"products": ["warehouse"]}
    assert bench.do("deactivate", "СкладскойПомощник").result["data"] == {"products": ["warehouse"]}


def test_what_the_key_does_not_hold_is_named(bench):
    ran = bench.do("activate", "unheard-of")
    assert (ran.exit, ran.result["code"]) == (11, "PRODUCT_MISSING")
    assert "unheard-of" in ran.result["text"]


def test_a_refusal_of_the_server_is_told(bench, server):
    server.before("POST activations", problem(409, "SEAT_LIMIT_REACHED"))
    assert bench.do("activate").exit == 11
    bench.do("activate")
    server.before("DELETE activations", problem(409, "TRANSFER_QUOTA_EXCEEDED"))
    ran = bench.do("deactivate")
    assert (ran.exit, ran.result["code"]) == (11, "TRANSFER_QUOTA_EXCEEDED")


def test_a_person_is_asked_before_a_seat_goes(bench, server):
    bench.do("activate")
    arguments = ("deactivate", "--simulated", bench.base)
    assert bench.typed(*arguments, answers=["нет"]).exit == 14
    assert len(server.seats) == 1
    assert bench.typed(*arguments, answers=["да"]).exit == 0
    assert server.seats == set()


def test_a_dry_run_moves_no_seat(bench, server):
    bench.do("activate", "--dry-run")
    assert server.seats == set()
    bench.do("activate")
    bench.do("deactivate", "--dry-run")
    assert len(server.seats) == 1


def test_a_key_without_rights_takes_no_seat(bench, server):
    ran = bench.run(*bench.arguments("activate"), stdin="DEMO-4T9WQ-2H7XC-5MB8R-J6YK4\n")
    assert (ran.exit, ran.result["code"], server.seats) == (11, "KEY_NOT_FOUND", set())
    assert KEY not in ran.out
