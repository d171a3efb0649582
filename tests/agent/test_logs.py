import logging

import pytest

from agent import logs
from agent.codes import Code
from agent.errors import Failure


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch):
    monkeypatch.setattr(logs, "_secrets", set())
    monkeypatch.setattr(logs, "_short", set())


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key DEMO-ABEKM-HCTPX-01234-567C7.", "key DEMO-…-567C7."),
        ("DEMOUPD-R8D5J-1YGF0-S7EPA-3KQST", "DEMOUPD-…-3KQST"),
        ("pki_" + "aB-9_" * 8, "pki_***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ('Srvr="a";Usr=b;Pwd="se;cr""et";', 'Srvr="a";Usr=b;Pwd=***;'),
        ("File=x;uc=1234;Locale=ru", "File=x;uc=***;Locale=ru"),
        ("key demo abekm hctpx 01234 567c7 typed", "key *** typed"),
        ("https://user:word@proxy:3128/x", "https://***@proxy:3128/x"),
        ("2.4.0, 9f2c, Иванов", "2.4.0, 9f2c, Иванов"),
    ],
)
def test_secrets_are_masked_by_their_shape(text, masked):
    assert logs.mask(text) == masked


def test_secrets_without_a_shape_are_masked_by_name():
    logs.hide("old-style-key-1", "short")
    assert logs.mask("old-style-key-1 short") == "*** short"
    assert logs.short_secrets() == {"short"}


def test_what_is_logged_is_masked_in_arguments_and_errors_too(tmp_path):
    def leak():
        logging.getLogger("agent.x").warning("got %s", "pki_secret")
        raise ValueError("pkd_secret")

    with pytest.raises(ValueError, match="pkd_"), logs.written(tmp_path):
        leak()
    text = (tmp_path / "agent.log").read_text("utf-8")
    assert "pki_***" in text
    assert "pkd_***" in text
    assert "secret" not in text
    assert "Traceback" in text


def test_a_known_error_is_one_line(tmp_path):
    with pytest.raises(Failure), logs.written(tmp_path):
        raise Failure(Code.BUSY_LOCAL)
    (line,) = (tmp_path / "agent.log").read_text("utf-8").splitlines()
    assert "BUSY_LOCAL: Another agent" in line


def test_the_log_turns_over_before_it_is_large(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_SIZE", 1000)
    with logs.written(tmp_path):
        for _ in range(200):
            logging.getLogger("agent.x").info("a line of some length to fill the file")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["agent.log", *(f"agent.log.{number}" for number in range(1, 5))]


def test_nothing_is_logged_after_the_end(tmp_path):
    with logs.written(tmp_path):
        pass
    logging.getLogger("agent.x").warning("too late")
    assert "too late" not in (tmp_path / "agent.log").read_text("utf-8")


def test_a_log_that_another_agent_holds_open_goes_on(tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise PermissionError(13, "used by another process")

    monkeypatch.setattr(logs, "_SIZE", 100)
    monkeypatch.setattr("os.rename", refuse)
    with logs.written(tmp_path):
        for number in range(10):
            logging.getLogger("agent.x").info("line %d of some length to fill the file", number)
    assert "line 9" in (tmp_path / "agent.log").read_text("utf-8")
    assert capsys.readouterr().err == ""
