"""Verdicts, order and intervals on samples whose answer is known."""

import pytest

from tests.bench.measure import (
    Bar,
    Figure,
    Interval,
    Verdict,
    abba,
    interval,
    judge,
    ratios,
    spread,
    worst,
)

AT_LEAST, AT_MOST = Bar("x", 0.5, at_least=True), Bar("x", 0.5, at_least=False)


def figure(low, high, *doubts):
    return Figure("x", "C", Interval(low, (low + high) / 2, high), doubts=doubts)


@pytest.mark.parametrize(
    ("bar", "low", "high", "verdict"),
    [
        (AT_LEAST, 0.5, 0.7, Verdict.PASS),
        (AT_LEAST, 0.49, 0.9, Verdict.INCONCLUSIVE),
        (AT_LEAST, 0.3, 0.49, Verdict.FAIL),
        (AT_MOST, 0.3, 0.5, Verdict.PASS),
        (AT_MOST, 0.4, 0.51, Verdict.INCONCLUSIVE),
        (AT_MOST, 0.51, 0.6, Verdict.FAIL),
    ],
)
def test_only_a_whole_interval_on_one_side_decides(bar, low, high, verdict):
    assert judge(figure(low, high), bar) is verdict


@pytest.mark.parametrize("ends", [(0.6, 0.7), (0.1, 0.2)])
def test_a_doubtful_figure_neither_passes_nor_fails(ends):
    assert judge(figure(*ends, "noise"), AT_LEAST) is Verdict.INCONCLUSIVE


def test_what_was_not_measured_was_not_run():
    assert judge(Figure("x", "C"), AT_LEAST) is Verdict.NOT_RUN


def test_the_order_is_abba_and_each_pair_has_both():
    order = list(abba(4))
    assert "".join(side for _, side in order) == "ABBAABBA"
    assert [pair for pair, _ in order] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_rounds_are_compared_with_their_neighbours():
    assert ratios([2, 9], [4, 3]) == (0.5, 3)


def test_the_interval_holds_the_median_and_narrows_with_agreement():
    wide, narrow = interval([0.2, 0.4, 0.5, 0.6, 0.9]), interval([0.49, 0.5, 0.5, 0.5, 0.51])
    assert wide.low <= wide.middle == 0.5 <= wide.high
    assert narrow.high - narrow.low < wide.high - wide.low
    assert interval([0.2, 0.4, 0.5, 0.6, 0.9]) == wide
    assert interval([3.0] * 5) == Interval.exactly(3.0)


def test_one_outlier_does_not_move_the_median():
    assert interval([1.0, 1.0, 1.0, 1.0, 50.0]).middle == 1.0


def test_the_spread_is_told_by_the_median():
    assert spread([90, 100, 110]) == pytest.approx(0.2)


def test_the_worst_of_several_verdicts_counts():
    assert worst([Verdict.PASS, Verdict.NOT_RUN, Verdict.INCONCLUSIVE]) is Verdict.INCONCLUSIVE
    assert worst([Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE]) is Verdict.FAIL
    assert worst([Verdict.PASS, Verdict.PASS]) is Verdict.PASS
