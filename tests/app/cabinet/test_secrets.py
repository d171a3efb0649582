"""No secret of a person is anywhere but with the person."""

import base64
import json
import logging
from io import StringIO

import pytest

from app.kit.telemetry import configure_logging
from tests.factories.contents import contents
from tests.factories.people import PASSWORD, hidden

pytestmark = pytest.mark.usefixtures("noon")
NEW = "совсем другой пароль, длинный"


@pytest.fixture
def log(caplog):
    """What the server writes, as an operator sees it."""
    for client in ("httpx2", "mail.log"):  # the test's own client and server say what they hear
        caplog.set_level(logging.CRITICAL, client)
    root, written = logging.getLogger(), StringIO()
    handlers, level = root.handlers, root.level
    configure_logging()
    root.handlers[0].setStream(written)
    yield written.getvalue
    root.handlers, root.level = handlers, level


def links(box) -> list[str]:
    return [
        word.partition("/cabinet")[2]
        for letter in box.letters
        for word in letter.get_body(("plain",)).get_content().split()
        if "/cabinet/" in word and "pkl_" in word
    ]


def story(browser, owner, box, work) -> list[str]:
    """Everything that people do with secrets; the secrets."""
    given = [PASSWORD, NEW, box.password, base64.b32encode(owner.secret).decode()]
    given += owner.recovery_codes
    browser.password(owner, NEW)
    browser.password(owner)
    given.append(browser.cookie)
    browser.post("/sign-in/code", {"otp_code": owner.recovery_codes[1]})
    given += [browser.cookie, browser.client.cookies["podkluch_dev-device"]]
    browser.post("/users/invite", {"email": "new@example.com", "role": "support", "locale": "en"})
    browser.post("/profile/password", {"current_password": NEW, "password": PASSWORD})
    browser.post("/password/reset", {"email": owner.email})
    work()
    for path in links(box):
        browser.get(path)
        given.append(path.rpartition("/")[2])
    browser.post("/password/new", {"password": NEW})
    browser.forget()
    asked = browser.post("/profile", {"name": "Анна", "new_password": NEW})
    assert NEW not in hidden(asked)["carried"]
    return given


def test_no_secret_of_a_person_is_kept_or_logged(browser, owner, box, work, connection, log):
    given = story(browser, owner, box, work)
    kept, logged = json.dumps(contents(connection), ensure_ascii=False), log()
    assert len(links(box)) == 2
    assert logged.count('"event": "request"') > 10
    assert {secret for secret in given if secret in kept} == set()
    assert {secret for secret in given if secret in logged} == set()
    bare = [code.replace("-", "") for code in owner.recovery_codes]
    assert not [code for code in bare if code in kept or code in logged]
