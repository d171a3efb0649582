"""The work of a vendor's day, clicked: customer, key, coupon, redemption, and back."""

import re

from playwright.sync_api import Page, expect

from tests.browser.site import Site

HOSTILE = 'ООО <b>«Тест»</b> & "Ко" \u200b'


def press(page: Page, name: str) -> None:
    """The button of the page's own form."""
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def add_customer(page: Page, company: str, email: str) -> None:
    page.goto("/cabinet/customers/new")
    page.get_by_label("Компания").fill(company)
    page.get_by_label("Почта (обязательно)").fill(email)
    press(page, "Добавить клиента")


def new_key(page: Page) -> str:
    """From a customer's card to the full key, which is shown once."""
    page.get_by_role("link", name="Выпустить ключ").click()
    press(page, "Выпустить ключ")
    expect(page.locator("h1")).to_have_text("Ключ выпущен")
    return page.locator("#secret").inner_text()


def new_coupon(page: Page) -> str:
    """A coupon for a year of the first product."""
    page.goto("/cabinet/coupons/generate")
    page.locator("#rows-0-product").select_option(index=1)
    expect(page.locator("#sentence")).to_contain_text("Купон добавит в ключ продукт")
    press(page, "Проверить")
    press(page, "Создать 1 купон")
    expect(page.locator("h1")).to_have_text("1 купон готов")
    return page.locator("#codes").input_value().strip()


def redeem(page: Page, key: str, coupon: str) -> None:
    page.goto("/cabinet/coupons/redeem")
    page.get_by_label("Ключ (обязательно)").fill(key)
    page.get_by_label("Купон (обязательно)").fill(coupon)
    press(page, "Проверить")
    expect(page.locator("h1")).to_have_text("Что изменит купон")
    press(page, "Активировать купон")


def whole_way(page: Page) -> None:
    """Customer, key, coupon, dry run, redemption, and the redemption taken back."""
    add_customer(page, HOSTILE, "way@example.com")
    expect(page.locator("h1")).to_have_text(HOSTILE.strip("\u200b "))
    key = new_key(page)
    coupon = new_coupon(page)
    redeem(page, key.lower().replace("-", " "), coupon)
    expect(page.locator(".notice.tone-ok")).to_contain_text("Купон активирован")
    page.get_by_role("navigation", name="Разделы карточки").get_by_text("Купоны").click()
    page.get_by_role("link", name="Деактивировать купон").click()
    page.get_by_label("Причина (обязательно)").fill("клиент передумал")
    press(page, "Деактивировать купон")
    expect(page.locator("section.card .badge-state")).to_contain_text("деактивирован")


def test_from_the_customer_to_the_redemption_and_back(visit) -> None:
    whole_way(visit().new_page())


def test_the_same_way_without_javascript(visit) -> None:
    page = visit(java_script_enabled=False).new_page()
    add_customer(page, "ООО «Без скриптов»", "nojs@example.com")
    key = new_key(page)
    page.goto("/cabinet/coupons/generate")
    page.locator("#rows-0-product").select_option(index=1)
    press(page, "Ещё продукт")
    press(page, "Убрать (2)")
    press(page, "Пересчитать описание")
    expect(page.locator("#sentence")).to_contain_text("Купон добавит в ключ продукт")
    press(page, "Проверить")
    press(page, "Создать 1 купон")
    redeem(page, key, page.locator("#codes").input_value().strip())
    expect(page.locator(".notice.tone-ok")).to_contain_text("Купон активирован")


def test_a_refused_form_keeps_every_field_and_takes_the_focus(visit) -> None:
    page = visit().new_page()
    page.goto("/cabinet/customers/new")
    page.get_by_label("Компания").fill(HOSTILE)
    page.locator("#inn").fill("7707083890")
    page.locator("summary").filter(has_text="Ещё: коды").click()
    page.locator("#comment").fill("=1+1\nвторая строка")
    press(page, "Добавить клиента")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Компания")).to_have_value(HOSTILE)
    expect(page.locator("#comment")).to_have_value("=1+1\nвторая строка")
    expect(page.locator("#inn")).to_have_attribute("aria-invalid", "true")
    page.locator(".error-summary a").first.click()
    expect(page.locator("#email")).to_be_focused()


def test_a_double_click_makes_one_customer(visit) -> None:
    page = visit().new_page()
    page.goto("/cabinet/customers/new")
    page.get_by_label("Компания").fill("ООО «Дважды»")
    page.get_by_label("Почта (обязательно)").fill("twice@example.com")
    sent = page.evaluate(
        """async () => {
            const body = new URLSearchParams(new FormData(document.querySelector("main form")));
            const post = () => fetch(location.href, {method: "POST", body});
            const answers = await Promise.all([post(), post()]);
            return answers.map((answer) => answer.url);
        }"""
    )
    assert len(set(sent)) == 1
    page.goto("/cabinet/customers?q=дважды")
    assert page.locator("tbody tr").count() == 1


def test_two_editors_see_both_values(visit) -> None:
    first, second = visit().new_page(), visit("light-en").new_page()
    add_customer(first, "ООО «Вдвоём»", "two@example.com")
    card = first.url
    for page in (first, second):
        page.goto(f"{card}/edit")
    first.get_by_label("Компания").fill("ООО «Втроём»")
    press(first, "Сохранить")
    second.get_by_label("Company").fill("ООО «Вчетвером»")
    press(second, "Save")
    expect(second.get_by_text("Yours: ООО «Вчетвером»")).to_be_visible()
    second.get_by_text("Saved now: ООО «Втроём»").click()
    press(second, "Save")
    expect(second.locator("h1")).to_have_text("ООО «Втроём»")


def test_a_key_is_copied_and_that_is_said(visit, site: Site) -> None:
    context = visit()
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.base)
    page = context.new_page()
    add_customer(page, "ООО «Копия»", "copy@example.com")
    key = new_key(page)
    page.get_by_role("button", name="Скопировать ключ").click()
    expect(page.locator("#live")).to_have_text("Скопировано")
    assert page.evaluate("navigator.clipboard.readText()") == key


def test_the_search_box_finds_a_key_typed_in_look_alikes(visit, site: Site) -> None:
    page = visit().new_page()
    page.goto("/cabinet")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    look_alike = site.secrets["key"].translate(str.maketrans("ABEKMHOPCTX", "АВЕКМНОРСТХ"))
    page.locator("#search").fill(look_alike.lower())
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/license-keys/{site.ids['key_id']}"))


def test_another_vendor_sees_nothing_of_ours(visit, site: Site) -> None:
    page = visit("other").new_page()
    for path in ("customers/{customer_id}", "license-keys/{key_id}", "coupons/{coupon_id}"):
        assert page.goto(f"/cabinet/{path.format(**site.ids)}").status == 404


def test_a_dark_page_never_flashes_light(visit) -> None:
    page = visit("dark-ru").new_page()
    page.goto("/cabinet")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_letters_open_sections(visit) -> None:
    page = visit().new_page()
    page.goto("/cabinet")
    page.keyboard.press("g")
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile("/cabinet/license-keys$"))
