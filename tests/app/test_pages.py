"""The pages without a noun, as a person sees them in either language."""

import html
import re

import pytest

from app.kit.resources import folder
from app.site import all_problems
from tests.factories.people import a_person

PROBLEMS = [each for each in all_problems() if each.__module__.startswith("app.")]
PATHS = ["/", "/nowhere", *(f"/problems/{problem.slug()}" for problem in PROBLEMS)]
# Names, those of headers too, and the parts of addresses.
KEPT = {"OpenAPI", "HTTP", "JSON", "api", "cfe", "health", "information", "live", "ready"}
KEPT |= {"Content", "Idempotency", "If", "Key", "Length", "MASTER", "Match", "PostgreSQL"}


def read(page: str) -> str:
    """What a person reads: nothing marked as another language, no code, no tags."""
    for unread in ('<p lang="en">.*?</p>', "<code>.*?</code>", "<[^>]*>"):
        page = re.sub(unread, " ", page, flags=re.DOTALL)
    return page


def pages(client, language):
    """The pages by their paths, each marked with its language."""
    answers = {path: client.get(path, headers={"Accept-Language": language}) for path in PATHS}
    for answer in answers.values():
        assert answer.headers["Content-Language"] == language
        assert f'<html lang="{language}">' in answer.text
    return {path: read(answer.text) for path, answer in answers.items()}


def test_russian_pages_speak_russian(client):
    latin = {
        path: {*re.findall("[A-Za-z]{2,}", page)} for path, page in pages(client, "ru").items()
    }
    assert {path: words - KEPT for path, words in latin.items() if words - KEPT} == {}


def test_english_pages_speak_english(client):
    found = {path: re.findall("[А-Яа-яЁё]+", page) for path, page in pages(client, "en").items()}
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize(("language", "name"), [("ru", "ООО «Вектор»"), ("en", "Vector Ltd")])
def test_without_a_vendor_the_landing_page_says_how_to_make_one(client, language, name):
    answer = client.get("/", headers={"Accept-Language": language})
    shown = html.unescape(re.sub("<[^>]*>", "", answer.text))
    assert (
        f'python3 run.py exec podkluch vendor create --slug vector --prefix VEKT --name "{name}"'
        in shown
    )


@pytest.mark.usefixtures("world")
def test_with_a_vendor_the_landing_page_goes_on_from_there(client):
    answer = client.get("/")
    assert "Вендор заведён" in answer.text
    assert "vendor create" not in re.sub("<[^>]*>", "", answer.text)


def test_the_landing_page_leads_to_the_first_owner_and_then_to_signing_in(client, session, world):
    landing = client.get("/").text
    assert 'href="/cabinet/setup">Создать первого владельца</a>' in landing
    a_person(session, world.vendor.id)
    session.commit()
    landing = client.get("/").text
    assert 'href="/cabinet">Войти в кабинет</a>' in landing
    assert "/cabinet/setup" not in landing
    assert client.get("/cabinet").url.path == "/cabinet/sign-in"


def test_a_page_of_a_problem_explains_it(client):
    answer = client.get("/problems/seat-limit-reached")
    assert answer.status_code == 200
    for text in ("Все места заняты: … из …", "SEAT_LIMIT_REACHED", "HTTP 409", "Освободите место"):
        assert text in answer.text
    assert '<p lang="en">Every seat is taken by another infobase; <code>seats</code> lists' in (
        answer.text
    )


def test_an_address_with_nothing_behind_it_is_a_page_that_says_so(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "По этому адресу ничего нет" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_problem_that_nobody_knows_has_no_page(client):
    assert client.get("/problems/no-such-problem").status_code == 404


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines the relative luminance of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "soft", "accent"])
@pytest.mark.parametrize("surface", ["paper", "card"])
def test_text_stands_out_from_what_it_stands_on(theme, text, surface):
    style = (folder("static") / "site.css").read_text("utf-8")
    colours = dict(
        re.findall(r"--(\w+): (#\w{6});", re.findall(r":root \{(.*?)\}", style, re.DOTALL)[theme])
    )
    darker, lighter = sorted(luminance(colours[name]) for name in (text, surface))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
