"""From a product to a release on offer, clicked: extension, file, rules, tester, publication."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from onec.cfe_writer import make_cfe

NAME = "ЦенникиИзБраузера"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sound .cfe on the person's own computer."""
    path = tmp_path / "Ценники.cfe"
    path.write_bytes(make_cfe(NAME, "Ценники", "1.0.1", "Вектор", "ЦН_"))
    return path


def press(page: Page, name: str) -> None:
    """The button of the page's own form."""
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def add_product(page: Page, code: str) -> None:
    page.goto("/cabinet/products/new")
    page.get_by_label("Название (обязательно)").fill(f"Ценники {code}")
    page.get_by_label("Код (обязательно)").fill(code)
    press(page, "Добавить продукт")
    expect(page.locator("h1")).to_have_text(f"Ценники {code}")


def add_extension(page: Page, code: str) -> None:
    page.goto(f"/cabinet/extensions/new?product={code}")
    page.get_by_label("Название (обязательно)").fill("Ценники <b>и</b> этикетки")
    page.get_by_label("Код (обязательно)").fill(code)
    page.get_by_label("Имя в 1С (обязательно)").fill(NAME)
    press(page, "Добавить расширение")
    expect(page.locator("h1")).to_have_text("Ценники <b>и</b> этикетки")


def upload(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Загрузить релиз", exact=True).click()
    page.get_by_label("Файл (обязательно)").set_input_files(file)
    press(page, "Загрузить и проверить")
    expect(page.locator("h1")).to_have_text("Ценники <b>и</b> этикетки 1.0.1")
    page.get_by_label("Что нового, на русском").fill("Первый выпуск")
    press(page, "Сохранить")
    expect(page.locator(".notice.tone-ok")).to_have_text("Сохранено")


def write_rule(page: Page) -> None:
    page.get_by_role("link", name="Совместимость", exact=True).click()
    press(page, "Добавить правило")
    page.locator("#rules-0-configuration_name").fill("БухгалтерияПредприятия")
    page.locator("#rules-0-version_from").fill("3.0.150")


def try_it(page: Page) -> None:
    """By the rules of the editor, before they are saved."""
    press(page, "Кто это получит?")
    expect(page.get_by_text("Правила не сохранены")).to_be_visible()
    page.get_by_label("Конфигурация (обязательно)").fill("БухгалтерияПредприятия")
    page.get_by_label("Её версия").fill("3.0.160.1")
    press(page, "Проверить")
    expect(page.locator("#answers")).to_contain_text("будет предложен")
    press(page, "Назад в редактор")
    press(page, "Сохранить правила")
    expect(page.locator(".notice.tone-ok")).to_have_text("Правила сохранены")


def publish(page: Page) -> None:
    page.get_by_role("link", name="Публикация", exact=True).click()
    page.get_by_label("Версия релиза (обязательно)").fill("1.0.1")
    press(page, "Опубликовать релиз")
    expect(page.locator(".notice.tone-ok")).to_have_text("Релиз опубликован")
    expect(page.locator(".heading")).to_contain_text("опубликован")


def withdraw(page: Page) -> None:
    """Withdrawn with its reason."""
    page.get_by_role("link", name="Отозвать", exact=True).last.click()
    page.get_by_label("Причина на русском (обязательно)").fill("Портит проводки документа")
    page.get_by_label("Версия релиза (обязательно)").fill("1.0.1")
    press(page, "Отозвать релиз навсегда")
    expect(page.locator(".heading")).to_contain_text("отозван")


def test_from_the_product_to_the_published_release(visit, file: Path) -> None:
    page = visit().new_page()
    add_product(page, "labels")
    add_extension(page, "labels")
    upload(page, file)
    write_rule(page)
    expect(page.locator("#words-0")).to_contain_text("БухгалтерияПредприятия, ПРОФ: с 3.0.150")
    try_it(page)
    publish(page)
    withdraw(page)


def test_the_same_way_without_javascript(visit, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(f"{__name__}.NAME", "БезСкриптов")
    path = tmp_path / "a.cfe"
    path.write_bytes(make_cfe("БезСкриптов", "Ценники", "1.0.1", "Вектор", "ЦН_"))
    page = visit(java_script_enabled=False).new_page()
    add_product(page, "noscript")
    add_extension(page, "noscript")
    upload(page, path)
    write_rule(page)
    press(page, "Добавить правило")
    press(page, "Выше (2)")
    press(page, "Убрать (1)")
    press(page, "Показать правила словами")
    expect(page.locator("#words-0")).to_contain_text("БухгалтерияПредприятия, ПРОФ: с 3.0.150")
    try_it(page)
    publish(page)


def test_a_refused_file_is_told_in_place_and_may_be_sent_again(visit, site, tmp_path) -> None:
    page = visit().new_page()
    bad, good = tmp_path / "bad.cfe", tmp_path / "good.cfe"
    bad.write_bytes(b"MZ no container at all")
    good.write_bytes(make_cfe("Новое", "Новое", "7.7", "Вектор", "НВ_"))
    page.goto(f"/cabinet/extensions/{site.ids['idle_id']}/releases/new")
    for path in (bad, good):
        page.get_by_label("Файл (обязательно)").set_input_files(path)
        press(page, "Загрузить и проверить")
        if path is bad:
            expect(page.locator(".error-summary")).to_contain_text("Файл не принят")
    expect(page.locator("h1")).to_have_text("Новое 7.7")
