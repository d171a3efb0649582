import pytest

from tests.simulators.exchange import COUPON, KEY


def redeem(bench, *options, coupon=COUPON):
    return bench.run(*bench.arguments("redeem", *options), stdin=f"{KEY}\n{coupon}\n")


def test_the_coupon_is_the_second_line_and_is_redeemed(bench, server):
    ran = redeem(bench)
    assert (ran.exit, ran.result["outcome"], ran.result["changed"]) == (0, "done", True)
    assert server.redeemed == {COUPON: "b1946ac9"}


def test_a_dry_run_shows_and_changes_nothing(bench, server):
    ran = redeem(bench, "--dry-run")
    assert (ran.exit, ran.result["changed"]) == (0, False)
    assert ran.result["data"]["effects"][0]["after"]["seats"] == 3
    assert server.redeemed == {}


def test_the_same_coupon_again_is_nothing_to_do(bench):
    redeem(bench)
    ran = redeem(bench)
    assert (ran.exit, ran.result["outcome"], ran.result["changed"]) == (0, "noop", False)


def test_it_is_written_as_people_type_it(bench, server):
    assert redeem(bench, coupon=" demoupd r8d5j 1ygfo s7epa 3kqst ").exit == 0
    assert server.bodies("POST redemptions")[0]["coupon"] == COUPON


@pytest.mark.parametrize("coupon", ["DEMOUPD-R8D5J-1YGF0-S7EPA-3KQS0", "", "привет"])
def test_a_slip_is_found_before_any_request(bench, server, coupon):
    ran = redeem(bench, coupon=coupon)
    assert (ran.exit, ran.result["code"]) == (11, "COUPON_MALFORMED")
    assert server.requests == []


def test_a_key_in_place_of_a_coupon_is_told(bench):
    assert "лицензионный ключ" in redeem(bench, coupon=KEY).result["text"]


def test_a_coupon_in_place_of_a_key_is_told(bench):
    ran = bench.run(*bench.arguments("redeem"), stdin=f"{COUPON}\n")
    assert (ran.exit, ran.result["code"]) == (11, "KEY_MALFORMED")
    assert "redeem" in ran.result["text"]


def test_an_impossible_coupon_is_refused_without_trying(bench, server):
    ran = redeem(bench, coupon="DEMOUPD-3VN6Z-0A5KD-8TGQ2-SXEYN")
    assert (ran.exit, ran.result["code"]) == (11, "COUPON_NOT_FOUND")
    assert server.count("POST redemptions") == 0


def test_with_a_remembered_key_the_coupon_is_the_first_line(bench, server):
    redeem(bench, "--dry-run")
    assert bench.run("redeem", "--json", stdin=f"{COUPON}\n").exit == 0
    assert COUPON in server.redeemed


def test_people_see_before_and_after(bench):
    redeem(bench, "--dry-run")
    ran = bench.run("redeem", "--dry-run", stdin=f"{COUPON}\n")
    assert "warehouse-helper: нет → до 22.11.2027 включительно, мест 3" in ran.out
    assert ran.out.endswith("Ничего не изменено.\n")
