"""The vendor's way from a customer to a redemption, and from a product to a release, in clicks.

The bounds are promises; what was counted stands in docs/cabinet.md beside another cabinet's.
"""

from pathlib import Path

from playwright.sync_api import expect

from onec.cfe_writer import make_cfe
from tests.browser.hand import Effort, Hand

GUIDE = Path(__file__).parents[2] / "docs" / "cabinet.md"
BOUNDS = (
    Effort("Клиент / Customer", pages=3, clicks=3, fields=2),
    Effort("Ключ / Key", pages=2, clicks=2, fields=0),
    Effort("Купон / Coupon", pages=4, clicks=4, fields=1),
    Effort("Активация / Redemption", pages=3, clicks=3, fields=1),
    Effort("Продукт / Product", pages=3, clicks=3, fields=2),
    Effort("Расширение / Extension", pages=3, clicks=3, fields=4),
    Effort("Релиз / Release", pages=6, clicks=6, fields=4),
    Effort("Публикация / Publication", pages=2, clicks=2, fields=1),
)


def test_from_the_customer_to_the_redemption(visit, site) -> None:
    hand = Hand(visit().new_page())
    hand.page.goto("/cabinet")
    with hand.step("Клиент / Customer"):
        hand.go("Клиенты")
        hand.follow("Добавить клиента")
        hand.fill("Компания", "ООО «Щелчок»")
        hand.fill("Почта (обязательно)", "clicks@example.com")
        hand.press("Добавить клиента")
    with hand.step("Ключ / Key"):
        hand.follow("Выпустить ключ")
        hand.press("Выпустить ключ")
    key = hand.page.locator("#secret").inner_text()
    with hand.step("Купон / Coupon"):
        hand.go("Купоны")
        hand.follow("Создать купоны")
        hand.choose("rows-0-product", site.ids["product"])
        hand.press("Проверить")
        hand.press("Создать 1 купон")
    with hand.step("Активация / Redemption"):
        hand.press("Активировать купон")
        hand.fill("Ключ (обязательно)", key)
        hand.press("Проверить")
        hand.press("Активировать купон")
    expect(hand.page.locator(".notice.tone-ok")).to_contain_text("Купон активирован")
    promised(hand, BOUNDS[:4])


def test_from_the_product_to_the_publication(visit, tmp_path: Path) -> None:
    hand, file = Hand(visit().new_page()), tmp_path / "a.cfe"
    file.write_bytes(make_cfe("ПоЩелчку", "По щелчку", "1.0.1", "Вектор", "ЩЛ_"))
    hand.page.goto("/cabinet")
    with hand.step("Продукт / Product"):
        hand.go("Продукты")
        hand.follow("Добавить продукт")
        hand.fill("Название (обязательно)", "По щелчку")
        hand.fill("Код (обязательно)", "clicks")
        hand.press("Добавить продукт")
    with hand.step("Расширение / Extension"):
        hand.go("Расширения")
        hand.follow("Добавить расширение")
        hand.choose("product", "clicks")
        hand.fill("Название (обязательно)", "По щелчку")
        hand.fill("Код (обязательно)", "clicks")
        hand.fill("Имя в 1С (обязательно)", "ПоЩелчку")
        hand.press("Добавить расширение")
    with hand.step("Релиз / Release"):
        hand.follow("Загрузить релиз")
        hand.attach("Файл (обязательно)", file)
        hand.press("Загрузить и проверить")
        hand.fill("Что нового, на русском", "Первый выпуск")
        hand.press("Сохранить")
        hand.follow("Совместимость")
        hand.press("Добавить правило")
        hand.write("rules-0-configuration_name", "БухгалтерияПредприятия")
        hand.write("rules-0-version_from", "3.0.150")
        hand.press("Сохранить правила")
    with hand.step("Публикация / Publication"):
        hand.follow("Публикация")
        hand.fill("Версия релиза (обязательно)", "1.0.1")
        hand.press("Опубликовать релиз")
    expect(hand.page.locator(".notice.tone-ok")).to_have_text("Релиз опубликован")
    promised(hand, BOUNDS[4:])


def promised(hand: Hand, bounds: tuple[Effort, ...]) -> None:
    """No step costs more than it may, and the guide tells each as it is."""
    assert [each.name for each in hand.efforts] == [each.name for each in bounds]
    over = [each for each, most in zip(hand.efforts, bounds, strict=True) if not each.fits(most)]
    assert over == []
    guide = GUIDE.read_text("utf-8")
    rows = [
        f"| {each.name} | {each.pages} | {each.clicks} | {each.fields} |" for each in hand.efforts
    ]
    assert [row for row in rows if row not in guide] == []
