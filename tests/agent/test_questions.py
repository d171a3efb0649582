import pytest

from tests.simulators.bench import EXTENSION
from tests.simulators.exchange import COUPON, EULA_TEXT, KEY, Release


@pytest.fixture
def install(bench, server):
    """`install` typed by a person who gives these answers."""

    def run(*answers, options=()):
        command = ("install", EXTENSION, "--server", server.url, "--simulated", bench.base)
        return bench.typed(*command, "--no-color", *options, answers=answers)

    return run


def test_a_person_is_asked_for_the_key_until_it_is_one(bench, install):
    ran = install("DEMO-ABEKM-HCTPX-01234-567C0", KEY.lower(), "да", "да")
    assert ran.exit == 0
    assert ran.out.count("Лицензионный ключ (пришлёт вендор): ") == 2
    assert "Ключ введён с ошибкой" in ran.err
    assert len(bench.extensions()) == 1


def test_the_agreement_is_shown_before_it_is_accepted(install):
    ran = install(KEY, "да", "да")
    assert ran.out.index(EULA_TEXT) < ran.out.rindex("Принимаете лицензионное соглашение № 2")


@pytest.mark.parametrize("answers", [("нет",), ("да", "нет"), ("да", "")])
def test_any_no_changes_nothing(bench, server, install, answers):
    ran = install(KEY, *answers)
    assert ran.exit == 14
    assert bench.extensions() == []
    assert server.count("POST activations") == 0


def test_yes_leaves_out_the_last_question_only(install):
    assert install(KEY, "да", options=["--yes"]).exit == 0


def test_the_end_of_the_input_is_no_answer(bench, install):
    assert install(KEY).exit == 14
    assert install(options=["--server", "https://other.example"]).exit == 2
    assert bench.extensions() == []


def test_consent_to_unsafe_is_asked_in_words(server, install):
    server.releases = [Release(install={"safe_mode_off_required": True})]
    ran = install(KEY, "да", "да", "да")
    assert "без безопасного режима" in ran.out
    assert (ran.exit, server.reports[0]["consents"]) == (0, ["eula", "unsafe"])


def test_a_coupon_is_asked_for_and_confirmed(bench, server):
    command = ("redeem", "--server", server.url)
    assert bench.typed(*command, answers=[KEY, COUPON, "нет"]).exit == 14
    assert server.redeemed == {}
    assert bench.typed(*command, answers=[COUPON, "да"]).exit == 0
    assert COUPON in server.redeemed
