"""Extensions in the cabinet: list, form, pictures, and the matrix of their releases."""

import pytest

from app.catalog.queries import extensions as queries
from app.catalog.schemas.extensions import FindExtensions
from tests.factories.people import Browser, a_person, hidden, said
from tests.factories.pictures import a_png

NEW = {
    "product": "warehouse-helper",
    "code": "labels",
    "onec_name": "Ценники",
    "title_ru": "Ценники и этикетки",
    "purpose": "addon",
    "exclusive_required": "on",
    "published": "on",
    "conflicts_with": "Бэкофис, Склад2",
}
PNG = a_png()


@pytest.fixture
def desk(browser, owner) -> Browser:
    """The owner at work."""
    return browser.sign_in(owner)


def the_new_one(session, world):
    found = queries.extensions(session, world.vendor.id, FindExtensions(onec_name="Ценники"))
    return found.rows[0]


def make(desk, **changes):
    asked = desk.get("/extensions/new")
    return desk.post("/extensions/new", hidden(asked) | NEW | changes)


def test_an_extension_is_made_with_what_its_installation_needs(desk, session, world):
    answer = make(desk)
    assert (answer.status_code, "Ценники и этикетки" in said(answer)) == (200, True)
    line = the_new_one(session, world)
    assert line.extension.conflicts_with == ["Бэкофис", "Склад2"]
    assert (line.extension.exclusive_required, line.extension.restart_required) == (True, False)
    assert (line.product, line.extension.purpose) == ("warehouse-helper", "addon")


def test_a_refused_form_keeps_everything_and_names_the_field(desk):
    answer = make(desk, requires="2плохо", description_ru="=1+1 <b>", docs_url="http://plain")
    assert answer.status_code == 422
    assert 'id="requires-wrong"' in answer.text
    assert 'id="docs_url-wrong"' in answer.text
    assert "=1+1 &lt;b&gt;" in answer.text


def test_an_empty_form_says_what_is_missing(desk):
    answer = desk.post("/extensions/new", hidden(desk.get("/extensions/new")))
    assert answer.status_code == 422
    for name in ("product", "code", "onec_name", "title_ru"):
        assert f'id="{name}-wrong"' in answer.text


def test_a_code_that_is_taken_is_refused_with_the_form(desk):
    answer = make(desk, code="warehouse-helper")
    assert answer.status_code == 409
    assert "already taken" in said(answer)
    assert 'value="Ценники"' in answer.text


def test_a_double_click_makes_one(desk):
    carried = hidden(desk.get("/extensions/new")) | NEW
    first, second = (desk.post("/extensions/new", carried) for _ in range(2))
    assert first.url == second.url
    assert "done before" in said(second)


def test_the_list_finds_by_a_part_of_the_name(desk, world):
    made = make(desk).url.path
    found = desk.get("/extensions?q=этик")
    assert f'href="{made}"' in found.text
    assert f"/extensions/{world.extension.id}" not in found.text
    assert "Nothing matches" in said(desk.get("/extensions?q=50%25"))
    assert "nothing published" in said(desk.get("/extensions?product=warehouse-helper"))


def test_two_people_do_not_overwrite_each_other(desk, world):
    extension = world.extension
    path = f"/extensions/{extension.id}/edit"
    carried = hidden(desk.get(path)) | {
        "product": "warehouse-helper",
        "onec_name": extension.onec_name,
        "purpose": "customization",
    }
    desk.post(path, carried | {"title_ru": "Первый"})
    answer = desk.post(path, carried | {"title_ru": "Второй"})
    assert answer.status_code == 409
    assert "Yours: Второй" in said(answer)
    assert "Saved now: Первый" in said(answer)
    chosen = hidden(answer) | {"pick-title_ru": "theirs", "title_ru": "Второй"}
    assert "Первый" in said(desk.post(path, carried | chosen))


def test_the_name_in_1c_is_fixed_by_the_first_release(desk, world, session):
    world.release()
    session.commit()
    page = desk.get(f"/extensions/{world.extension.id}/edit")
    assert "Fixed: there are releases" in said(page)
    answer = desk.post(
        f"/extensions/{world.extension.id}/edit",
        hidden(page)
        | {"onec_name": "Иное", "title_ru": "Х", "product": "warehouse-helper", "purpose": "patch"},
    )
    assert answer.status_code == 409


def send_picture(desk, extension, data, kind="logo"):
    path = f"/extensions/{extension.id}/pictures"
    carried = hidden(desk.get(path)) | {"kind": kind}
    return desk.post(path, carried, files={"image": ("logo.svg", data, "image/svg+xml")})


def test_a_picture_is_what_its_bytes_say(desk, world):
    assert send_picture(desk, world.extension, PNG).status_code == 200
    page = desk.get(f"/extensions/{world.extension.id}/pictures")
    address = page.text.partition('<img src="/cabinet')[2].partition('"')[0]
    shown = desk.get(address)
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "data", [b"<svg onload=alert(1)>", a_png(note=bytes(1 << 20)), b"", PNG[:8]]
)
def test_what_is_no_picture_is_refused(desk, world, data):
    answer = send_picture(desk, world.extension, data)
    assert answer.status_code == 422
    assert "of at most 1 MB" in said(answer)


def test_a_picture_that_is_drawn_too_large_is_refused(desk, world):
    answer = send_picture(desk, world.extension, a_png(30_000, 30_000))
    assert answer.status_code == 422
    assert "at most 4,096 pixels on each side" in said(answer)


def test_a_picture_is_taken_away_again(desk, world, session):
    send_picture(desk, world.extension, PNG, "screenshot")
    [image] = queries.images(session, [world.extension.id])
    desk.post(f"/extensions/{world.extension.id}/pictures", {"do": f"remove:{image.id}"})
    assert queries.images(session, [world.extension.id]) == []
    assert desk.get(f"/extensions/{world.extension.id}/pictures/{image.id}").status_code == 404


def test_the_matrix_tells_release_by_configuration(desk, world, session):
    world.release("2.4.0")
    other = {"configuration_name": "УправлениеТорговлей", "version_from": "11.5"}
    world.release("2.5.0", other, {"configuration_name": "Розница", "effect": "deny"})
    session.commit()
    page = said(desk.get(f"/extensions/{world.extension.id}"))
    assert "УправлениеТорговлей" in page
    assert "from 3.0.150.0 to 3.0.170.*, but for 3.0.155.12 (tested up to 3.0.160.20)" in page
    assert "does not fit any version" in page


def test_others_see_the_list_and_no_buttons(browser, world, session):
    browser.sign_in(a_person(session, world.vendor.id, "support"))
    session.commit()
    page = browser.get(f"/extensions/{world.extension.id}")
    assert (page.status_code, "Upload a release" in page.text) == (200, False)
