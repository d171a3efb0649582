"""A mail server that is silent, gone or moody: no request waits for it, and no letter is lost."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

import pytest

from app.kit.outbox import BACKOFF
from tests.factories.people import Browser, hidden, said
from tests.factories.smtp import Postbox, give_mail

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("noon")]
LETTERS = 4
OUTAGES = {"ci": 1, "campaign": 10}


@contextmanager
def port(*, listening: bool) -> Iterator[tuple[int, socket.socket]]:
    """A port that nobody serves: it refuses, or takes connections and never says a word."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        if listening:
            holder.listen()
        holder.settimeout(0)
        yield holder.getsockname()[1], holder


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


@pytest.fixture
def mail_by(session, world) -> Callable[[int], None]:
    """The vendor's letters leave by that port of this host from now on."""

    def by(number: int) -> None:
        give_mail(session, world.vendor, Postbox(port=number))
        session.commit()

    return by


@pytest.fixture
def send(desk, world, session) -> Callable[[], list[str]]:
    """Asks for a letter about each of some keys; the codes in their order."""

    def send() -> list[str]:
        made = [world.another_key() for _ in range(LETTERS)]
        session.commit()
        for key, _ in made:
            path = f"/license-keys/{key.id}/send"
            told = {"to": "email", "locale": "en"}
            assert "The letter is queued" in said(desk.post(path, hidden(desk.get(path)) | told))
        return [code for _, code in made]

    return send


def codes_in(box: Postbox, codes: list[str]) -> list[str]:
    """Which keys the letters hold, in the order of arrival."""
    texts = [letter.get_body(("plain",)).get_content() for letter in box.letters]
    return [code for text in texts for code in codes if code in text]


def test_no_request_speaks_with_the_mail_server(mail_by, send):
    with port(listening=True) as (number, listener):
        mail_by(number)
        send()
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_what_could_not_leave_leaves_in_its_order(mail_by, send, work, clock, box, pytestconfig):
    codes = []
    for _ in range(OUTAGES[pytestconfig.getoption("--fault-profile")]):
        with port(listening=False) as (number, _):
            mail_by(number)
            codes += send()
            assert work() == LETTERS
        assert len(box.letters) == len(codes) - LETTERS
        mail_by(box.port)
        clock.at += BACKOFF[0]
        assert work() == LETTERS
        assert codes_in(box, codes) == codes
    clock.pass_(days=30)
    assert work() == 0


def test_a_server_that_takes_every_other_letter_gets_each_once(send, work, clock, box, monkeypatch):
    moods, take = cycle(("451 4.3.0 later", "")), Postbox.handle_DATA

    async def moody(self, *told):
        self.refusing = next(moods)
        return await take(self, *told)

    monkeypatch.setattr(Postbox, "handle_DATA", moody)
    codes = send()
    for pause in BACKOFF:
        work()
        clock.at += pause
    assert sorted(codes_in(box, codes)) == sorted(codes)
    assert len(box.letters) == LETTERS
    assert work() == 0
