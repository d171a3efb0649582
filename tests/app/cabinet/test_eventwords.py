"""The words for codes of events."""

import pytest

from app.audit.models import Action
from app.cabinet import eventwords
from app.cabinet.audit import grouped
from app.kit.problems import all_problems
from app.support.queries import reportcodes


def test_what_was_refused_is_not_called_done():
    assert eventwords.act("activation.created", "denied") == "Activation refused"
    assert eventwords.act("activation.created", "ok") == "Infobase activated"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_sentence_has_blanks_where_names_are_missing(language):
    told = {code: eventwords.reason(code, language) for code in eventwords.SHORT}
    assert [code for code, text in told.items() if "—" in text or text == code] == []


def test_every_short_sentence_is_of_a_code_that_exists():
    known = {kind.code for kind in all_problems()} | set(reportcodes.CODES) | {"ROLLBACK_FAILED"}
    assert set(eventwords.SHORT) - known == set()


def test_an_agents_code_keeps_its_own_meaning():
    assert "computer" in eventwords.failure("DISK_FULL", "en")
    assert "server" in eventwords.reason("DISK_FULL", "en")


def test_the_filter_of_the_log_offers_each_action_once():
    offered = [action for _, some in grouped() for action, _ in some]
    assert sorted(offered) == sorted(each.value for each in Action)
