"""Two windows, a session that ends, a page of somebody else: what happens beside the form."""

from playwright.sync_api import Page, expect

from tests.browser.site import Site
from tests.factories.people import PASSWORD

THEME = """new MutationObserver((_, watching) => {
    if (!document.body) return;
    window.first = document.documentElement.dataset.bsTheme;
    watching.disconnect();
}).observe(document, {childList: true, subtree: true});"""
"""What the page looked like before anything of it could be painted."""


def press(page: Page, name: str) -> None:
    """The button of the page's own form."""
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def fill_generator(page: Page, site: Site, name: str) -> None:
    page.goto("/cabinet/coupons/generate")
    page.locator("#rows-0-product").select_option(site.ids["product"])
    page.locator("details:has(#name) > summary").click()
    page.locator("#name").fill(name)
    expect(page.locator("#sentence")).to_contain_text("Купон добавит в ключ продукт")


def batches_named(page: Page, name: str) -> int:
    page.goto("/cabinet/coupons/batches")
    return page.locator("tbody tr").filter(has_text=name).count()


def test_a_form_of_one_vendor_is_not_sent_to_another(visit) -> None:
    context = visit("both")
    first, second = context.new_page(), context.new_page()
    first.goto("/cabinet/customers/new")
    first.get_by_label("Компания").fill("ООО «Чужая вкладка»")
    first.get_by_label("Почта (обязательно)").fill("tab@example.com")
    second.goto("/cabinet")
    second.locator("details.brand summary").click()
    second.locator("details.brand .item:not([aria-current])").click()
    expect(second.locator("details.brand summary")).to_contain_text("OTHR")
    press(first, "Добавить клиента")
    expect(first.locator("main")).to_contain_text("Вы переключились на другого вендора")
    for who in ("both", "light-ru"):
        page = visit(who).new_page()
        page.goto("/cabinet/customers?q=чужая+вкладка")
        expect(page.locator("tbody tr")).to_have_count(0)


def test_a_filled_generator_survives_the_end_of_the_session(visit, site: Site) -> None:
    context = visit("light-ru", locale="ru-RU")
    page = context.new_page()
    fill_generator(page, site, "Партия после сна")
    press(page, "Проверить")
    context.clear_cookies()
    press(page, "Создать 1 купон")
    expect(page.locator("#email")).to_be_visible()
    page.locator("#email").fill("light-ru@example.com")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator("h1")).to_have_text("Вы снова вошли")
    assert batches_named(context.new_page(), "Партия после сна") == 0
    press(page, "Продолжить")
    expect(page.locator("#codes")).to_be_visible()
    assert batches_named(page, "Партия после сна") == 1


def test_a_double_click_makes_one_batch(visit, site: Site) -> None:
    page = visit().new_page()
    fill_generator(page, site, "Дважды щёлкнуто")
    press(page, "Проверить")
    make = page.locator("main").get_by_role("button", name="Создать 1 купон", exact=True)
    make.dblclick()
    expect(page.locator("h1")).not_to_have_text("Проверка перед созданием")
    assert batches_named(page, "Дважды щёлкнуто") == 1


def test_two_editors_of_a_release_see_both_texts(visit, site: Site) -> None:
    first, second = visit().new_page(), visit("light-en").new_page()
    for page in (first, second):
        page.goto(f"/cabinet/releases/{site.ids['draft_id']}")
    first.locator("#notes_ru").fill("Слова первого")
    press(first, "Сохранить")
    expect(first.locator(".notice.tone-ok")).to_have_text("Сохранено")
    second.locator("#notes_ru").fill("Слова второго")
    press(second, "Save")
    expect(second.get_by_text("Saved now: Слова первого")).to_be_visible()
    expect(second.get_by_text("Yours: Слова второго")).to_be_visible()
    first.reload()
    expect(first.locator("#notes_ru")).to_have_value("Слова первого")


def test_a_form_of_another_site_changes_nothing(visit, site: Site) -> None:
    page = visit("light-ru").new_page()
    page.set_content(
        f'<form method="post" action="{site.base}/cabinet/profile/theme">'
        '<input name="theme" value="dark"><button>Go</button></form>'
    )
    with page.expect_navigation() as answer:
        page.get_by_role("button").click()
    assert answer.value.status in {401, 403}
    page.goto("/cabinet")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_a_dark_screen_sees_no_light_page_first(visit) -> None:
    page = visit("auto-ru", color_scheme="dark").new_page()
    page.add_init_script(THEME)
    page.goto("/cabinet")
    assert page.evaluate("window.first") == "dark"


def test_hostile_text_is_text_in_every_place_that_shows_it(visit) -> None:
    hostile = "ООО \"><img src=x onerror=alert(1)><script>alert(2)</script> & 'Ко' =1+1"
    page, said = visit().new_page(), []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto("/cabinet/customers/new")
    page.get_by_label("Компания").fill(hostile)
    page.get_by_label("Почта (обязательно)").fill("hostile@example.com")
    press(page, "Добавить клиента")
    expect(page.locator("h1")).to_have_text(hostile)
    card = page.url
    for path in ("", "/edit", "/history", "/archive", "/merge", "/block"):
        page.goto(f"{card}{path}")
        expect(page.locator("h1")).to_contain_text(hostile)
    assert said == []
