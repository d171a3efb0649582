import signal

import pytest

from app.demo.interrupts import postponed


def interrupted(number: signal.Signals, done: list[str], error: Exception | None = None) -> None:
    with postponed():
        signal.raise_signal(number)
        done.append("all of it")
        if error:
            raise error


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_must_not_be_left_half_done_is_done_first(number: signal.Signals):
    before, done = signal.getsignal(number), []
    with pytest.raises(KeyboardInterrupt):
        interrupted(number, done)
    assert done == ["all of it"]
    assert signal.getsignal(number) is before


def test_the_interruption_is_told_and_not_what_it_broke():
    with pytest.raises(KeyboardInterrupt):
        interrupted(signal.SIGINT, [], ZeroDivisionError())


def test_an_error_alone_is_told():
    with pytest.raises(ZeroDivisionError), postponed():
        raise ZeroDivisionError
