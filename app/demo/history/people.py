"""Customers that nobody could mistake for real ones, with numbers whose check digits are right."""

from collections.abc import Sequence
from typing import Final

_KINDS: Final = ("ООО", "АО", "ООО", "ООО")
_NAMES: Final = (
    *("Ромашка", "Василёк", "Лютик", "Одуванчик", "Подорожник", "Колокольчик", "Незабудка"),
    *("Фиалка", "Ландыш", "Клевер", "Рябинка", "Берёзка", "Осинка", "Кедровка", "Ёлочка"),
    *("Снегирь", "Синичка", "Чижик", "Зяблик", "Свиристель", "Перепёлка", "Скворушка"),
    *("Бурундук", "Белочка", "Ёжик", "Лисёнок", "Барсучок", "Кораблик"),
)
_SUFFIXES: Final = ("-Торг", "-Сервис", "-Плюс", "-Север", "-Логистика", "-Центр")
_ROLES: Final = ("Главный бухгалтер", "Директор", "Отдел закупок", "Системный администратор")
_TAGS: Final[Sequence[list[str]]] = (
    ["опт"],
    ["розница"],
    ["производство"],
    [],
    ["услуги"],
    ["опт", "vip"],
)
_WEIGHTS: Final = (2, 4, 10, 3, 5, 9, 4, 6, 8)
COUNT: Final = 150
DISTRIBUTORS: Final = (
    "Партнёр «Запад» (демо)",
    "Партнёр «Восток» (демо)",
    "Партнёр «Юг» (демо)",
    "Партнёр «Север» (демо)",
    "Партнёр «Центр» (демо)",
    "Партнёр «Вчера» (демо)",
)


def inn(number: int) -> str:
    """A taxpayer number of no region: none begins with 00; the tenth digit checks the others."""
    digits = f"00{number:07d}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return f"{digits}{total % 11 % 10}"


def companies() -> Sequence[dict[str, object]]:
    """What is known of each customer, one like no other."""
    return [_company(number) for number in range(COUNT)]


def _company(number: int) -> dict[str, object]:
    suffix, name = _SUFFIXES[number // len(_NAMES)], _NAMES[number % len(_NAMES)]
    known: dict[str, object] = {
        "company": f"{_KINDS[number % len(_KINDS)]} «{name}{suffix}»",
        "contact_name": _ROLES[number // 3 % len(_ROLES)],
        "phone": f"+7 000 000-{number // 100:02d}-{number % 100:02d}",
        "email": f"client{number + 1:03d}@example.com",
        "inn": inn(1_000 + 37 * number),
        "external_ref1": f"CRM-{4_000 + number}",
        "tags": _TAGS[number % len(_TAGS)],
    }
    if number % 3 == 0:
        known["tech_email"] = f"it{number + 1:03d}@example.com"
    if number % 5:
        known["responsible"] = "Менеджер (демо)"
    if number % 10 == 0:
        known["comment"] = "Демонстрационный клиент: просит счёт до пятого числа."
    return known


def machine(number: int) -> tuple[str, str]:
    """A computer and who works at it."""
    places = ("BUH", "SKLAD", "OFIS", "SRV1C", "KASSA")
    return f"{places[number % len(places)]}-{number:03d}", f"user{number % 9 + 1}"
