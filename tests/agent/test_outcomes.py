import pytest

from agent.codes import Exit
from agent.console import Result
from agent.outcomes import worst
from wire.reports import Outcome

ENDS = [
    Exit.ROLLBACK_FAILED, Exit.FAILED, Exit.NOT_TRUSTED, Exit.BUSY, Exit.RESTART, Exit.DONE,
]  # fmt: skip


def result(exit_code, **changes):
    return Result(exit=exit_code, code=exit_code.name, **changes)


@pytest.mark.parametrize("place", range(len(ENDS) - 1))
def test_the_most_serious_end_stands_for_all(place):
    graver, lighter = ENDS[place], ENDS[place + 1]
    for pair in ([graver, lighter], [lighter, graver]):
        assert worst([result(one) for one in pair]).exit is graver


def test_what_was_done_counts_more_than_nothing_to_do():
    ends = [Result(outcome=Outcome.NOOP), Result(outcome=Outcome.DONE, changed=True)]
    assert (worst(ends).outcome, worst(ends).changed) == (Outcome.DONE, True)


def test_one_end_is_itself_and_none_is_nothing_to_do():
    only = result(Exit.BUSY)
    assert worst([only]) is only
    assert worst([]).outcome is Outcome.NOOP


def test_each_step_for_people_is_named_once():
    ends = [Result(post_install_steps=["a", "b"]), Result(post_install_steps=["b", "c"])]
    assert worst(ends).post_install_steps == ["a", "b", "c"]
