"""Forms that no browser makes of our pages: refused in the shell, before anything is decoded."""

import pytest

from tests.factories.people import HERE, Browser, said

SHELL = 'class="side"'
BOUNDARY = "frontier"


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def send(browser: Browser, body: bytes, more: str = "", path: str = "/sign-in"):
    media = f"multipart/form-data; boundary={BOUNDARY}{more}"
    headers = HERE | {"Content-Type": media}
    body += f"--{BOUNDARY}--\r\n".encode()
    return browser.client.post(f"/cabinet{path}", content=body, headers=headers)


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


@pytest.mark.parametrize(
    "charset",
    ["punycode", "undefined", "utf-7", "unicode_escape", "utf-16", "latin-1", "none", "", '"idna"'],
)
def test_a_form_is_written_in_utf_8(browser, charset):
    answer = send(browser, part("email", b"a-b"), f"; charset={charset}")
    assert answer.status_code == 415


def test_a_form_that_is_sent_as_text_has_no_other_charset_either(browser):
    media = "application/x-www-form-urlencoded; Charset=UTF-7"
    headers = HERE | {"Content-Type": media}
    answer = browser.client.post("/cabinet/sign-in", content=b"email=a", headers=headers)
    assert answer.status_code == 415


@pytest.mark.usefixtures("owner")
def test_utf_8_may_be_named(browser):
    answer = send(browser, part("email", b"a@example.com"), "; charset=UTF-8")
    assert answer.status_code == 409  # an unknown account
    assert 'value="a@example.com"' in answer.text


@pytest.mark.parametrize(
    ("name", "value", "filename"),
    [("email", b"a\0", None), ("a\0", b"b", None), ("file", b"b", "a\0.cfe")],
)
def test_a_form_holds_text(desk, name, value, filename):
    answer = send(desk, part(name, value, filename), path="/customers/new")
    assert (answer.status_code, SHELL in answer.text) == (422, True)
    assert "Control characters are not allowed" in said(answer)


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b"".join(part(f"f{n}", b"x") for n in range(5_001)), ""),
        (b"no part", ""),
        (part("file", b"x", "я" * 5_000), ""),
        (b"--frontier\r\nContent-Disposition: form-data\r\n\r\nx\r\n", ""),
    ],
    ids=["fields", "parts", "filename", "nameless"],
)
def test_a_broken_form_is_told_in_the_shell(desk, body, more):
    answer = send(desk, body, more, "/customers/new")
    assert (answer.status_code, SHELL in answer.text) == (400, True)
    assert "The form arrived damaged" in said(answer)
    assert "send the form once more" in said(answer)


def test_a_form_without_a_boundary_is_broken(desk):
    headers = HERE | {"Content-Type": "multipart/form-data"}
    answer = desk.client.post("/cabinet/customers/new", content=b"x", headers=headers)
    assert (answer.status_code, "FORM_BROKEN" in answer.text) == (400, True)


def test_a_strangers_broken_form_gets_no_shell(browser):
    answer = send(browser, b"no part", path="/customers/new")
    assert (answer.status_code, SHELL in answer.text) == (400, False)
    assert "The form arrived damaged" in said(answer)


@pytest.mark.parametrize("prefix", ["rules", "rows"])
def test_a_form_has_a_limit_of_rows(desk, prefix):
    rows = {f"{prefix}-{number}-effect": "allow" for number in range(300)}
    assert "FORM_TOO_LONG" not in desk.post("/customers/new", rows).text
    answer = desk.post("/customers/new", rows | {f"{prefix}-300-effect": "allow"})
    assert (answer.status_code, SHELL in answer.text) == (422, True)
    assert "At most 300 rows fit into one form" in said(answer)
