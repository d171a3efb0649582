"""What a coupon does, in words: whole sentences, as people read them."""

import pytest

from app.coupons.service.describe import describe
from app.licensing.schemas import AddProduct

NAMES = {"phone": "Телефония ПРОФ", "tags": "Ценники"}
YEAR = {"days": 365}
A_YEAR = "на 10 мест на 365 дней со дня активации, обновления на тот же срок"


def said(language, *operations):
    return describe([AddProduct.model_validate(each) for each in operations], NAMES, language)


def phone(**changes):
    return {"product": "phone", "seats": 10, "term": YEAR} | changes


@pytest.mark.parametrize(
    ("changes", "ru", "en"),
    [
        (
            {},
            f"{A_YEAR}.",
            ", 10 seats, for 365 days from redemption.",
        ),
        (
            {"seats": 1, "term": {"days": 1}},
            "на 1 место на 1 день со дня активации, обновления на тот же срок.",
            ", 1 seat, for 1 day from redemption.",
        ),
        (
            {"seats": 2, "term": {"days": 92}},
            "на 2 места на 92 дня со дня активации, обновления на тот же срок.",
            ", 2 seats, for 92 days from redemption.",
        ),
        (
            {"seats": 5, "term": {"days": 11}},
            "на 5 мест на 11 дней со дня активации, обновления на тот же срок.",
            ", 5 seats, for 11 days from redemption.",
        ),
        (
            {"seats": 21, "term": {"days": 111}},
            "на 21 место на 111 дней со дня активации, обновления на тот же срок.",
            ", 21 seats, for 111 days from redemption.",
        ),
        (
            {"seats": None, "term": {"until": "2026-12-31"}},
            "без ограничения мест до 31.12.2026, обновления на тот же срок.",
            ", unlimited seats, until 2026-12-31.",
        ),
        (
            {"term": {"perpetual": True}},
            "на 10 мест бессрочно, обновления тоже бессрочно.",
            ", 10 seats, for ever, updates included.",
        ),
        (
            {"term": {"perpetual": True}, "updates": {"until": "2027-06-30"}},
            "на 10 мест бессрочно, обновления до 30.06.2027.",
            ", 10 seats, for ever, updates until 2027-06-30.",
        ),
        (
            {"updates": {"days": 30}},
            "на 10 мест на 365 дней со дня активации, обновления на 30 дней со дня активации.",
            ", 10 seats, for 365 days from redemption, updates for 30 days from redemption.",
        ),
        (
            {"channel": "rc"},
            f"{A_YEAR}, и разрешит канал rc.",
            ", 10 seats, for 365 days from redemption, and allows the channel rc.",
        ),
    ],
)
def test_a_coupon_of_one_product_is_one_sentence(changes, ru, en):
    operation = phone(**changes)
    assert said("ru", operation) == f"Купон добавит в ключ продукт «Телефония ПРОФ» {ru}"
    assert said("en", operation) == f"Adds “Телефония ПРОФ”{en}"


def test_seats_that_were_not_given_are_not_spoken_of():
    operation = {"product": "tags", "term": YEAR}
    assert said("ru", operation) == (
        "Купон добавит в ключ продукт «Ценники» на 365 дней со дня активации, "
        "обновления на тот же срок."
    )
    assert said("en", operation) == "Adds “Ценники”, for 365 days from redemption."


def test_several_products_stand_in_the_order_of_the_operations():
    second = {"product": "tags", "seats": 3, "term": {"until": "2026-12-31"}}
    assert said("ru", phone(channel="beta"), second) == (
        "Купон добавит в ключ продукт «Телефония ПРОФ» на 10 мест на 365 дней со дня активации, "
        "обновления на тот же срок, и разрешит канал beta; добавит в ключ продукт «Ценники» "
        "на 3 места до 31.12.2026, обновления на тот же срок."
    )
    assert said("en", phone(), second) == (
        "Adds “Телефония ПРОФ”, 10 seats, for 365 days from redemption; "
        "adds “Ценники”, 3 seats, until 2026-12-31."
    )


def test_a_name_with_braces_is_only_a_name():
    names = {"phone": "{acts} {0}"}
    operation = AddProduct.model_validate(phone())
    assert "«{acts} {0}»" in describe([operation], names, "ru")


def test_a_product_without_a_name_is_called_by_its_code():
    operation = AddProduct.model_validate(phone())
    assert "«phone»" in describe([operation], {}, "ru")
