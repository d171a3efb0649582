"""What 1C says goes into reports without secrets, and no longer than a report may be."""

import json

import pytest

from agent.com.errors import ComError, Where, clean, infobase_error
from agent.ending import message
from tests.corpus.com_texts import COUNT, LIMIT, SECRET, com_texts

TEXTS = com_texts()
DISP_E_EXCEPTION = -2147352567


def test_the_corpus_has_its_number_of_texts():
    assert len(set(TEXTS)) == COUNT


@pytest.mark.parametrize("number", range(COUNT))
def test_a_text_of_1c_is_scrubbed_and_short(number):
    text = TEXTS[number]
    raised = ComError(DISP_E_EXCEPTION, text, (0, text, text, text, 0, 0), 0)
    error = infobase_error(raised, Where(srv=text[:5_000], ref=text[:5_000]))
    for told in (message(error), str(raised), clean(text), error.title("ru"), error.title("en")):
        assert SECRET not in told
        assert told.isprintable() or "\n" in told
        json.dumps(told).encode()
    assert len(message(error).encode()) <= LIMIT
