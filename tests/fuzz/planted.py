"""Parsers with a mistake in each, for the tests of the fuzzer."""

from contextlib import suppress


def deep(data: bytes) -> None:
    """Fails behind six comparisons, each of which alone tells that one came closer."""
    if data[:1] != b"F":
        raise ValueError
    if data[1:2] != b"U":
        raise ValueError
    if data[2:3] != b"Z":
        raise ValueError
    if data[3:4] != b"Z":
        raise ValueError
    if data[4:5] != b"!":
        raise ValueError
    raise ZeroDivisionError


def endless(data: bytes) -> None:
    while b"w" in data:
        pass


def deaf(data: bytes) -> None:
    """Swallows every error, and so would a hang that is one."""
    while True:
        with suppress(Exception):
            data = data[::-1]


def plain(data: bytes) -> bytes:
    return data


def false(_: object) -> None:
    raise AssertionError("it does not hold")
