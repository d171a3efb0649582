"""The values of every class together, for whoever tries them on something that is sent."""

from typing import Any

from tests.corpus.codes import mistyped, readable
from tests.corpus.com_texts import com_texts
from tests.corpus.filenames import hostile_filenames
from tests.corpus.names import pairs
from tests.corpus.numbers import edges
from tests.corpus.paths import hostile_paths
from tests.corpus.strings import hostile_strings
from tests.corpus.values import VALUES
from tests.corpus.versions import version_texts

_SOME = 20  # of what has a test of its own over HTTP, each so-manieth


def everything() -> list[Any]:
    """Each class whole; of codes and paths, which have tests of their own, some."""
    texts: list[Any] = [
        *hostile_strings(),
        *version_texts(),
        *(other for _, other, _ in pairs()),
        *hostile_filenames(),
        *com_texts(),
        *hostile_paths()[::_SOME],
        *mistyped()[::_SOME],
        *(typed for typed, _ in readable()[::_SOME]),
    ]
    return [*texts, *edges(), *VALUES]
