"""What a coupon does, in words: whole sentences, as people read them."""

from datetime import date

import pytest

from app.coupons.queries import Names, OwnSeats
from app.coupons.service.describe import describe, describe_batch
from app.licensing.schemas import OPERATIONS

NAMES = Names(
    {"phone": "Телефония ПРОФ", "tags": "Ценники", "books": "Учёт"},
    {"scanner": "Сканер", "print": "Печать"},
    "…58J0D (ООО «Ромашка»)",
)
YEAR = {"days": 365}
A_YEAR = "на 10 мест на 365 дней со дня активации, обновления на тот же срок"


def said(language, *operations):
    return describe(OPERATIONS.validate_python(list(operations)), NAMES, language)


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


@pytest.mark.parametrize(
    ("own", "quantity", "ru", "en"),
    [
        (OwnSeats(3, multiplied=True), 1, " на 3 места", ", 3 seats"),
        (OwnSeats(3, multiplied=True), 7, " × 7 на 21 место", " × 7, 21 seats"),
        (OwnSeats(3, multiplied=False), 7, " × 7 на 3 места", " × 7, 3 seats"),
        (OwnSeats(None, multiplied=True), 1, " без ограничения мест", ", unlimited seats"),
    ],
)
def test_seats_that_were_not_given_are_those_of_the_product(own, quantity, ru, en):
    names = Names({"tags": "Ценники"}, seats={"tags": own})
    told = [{"product": "tags", "term": {"days": 1}, "quantity": quantity}]
    operations = OPERATIONS.validate_python(told)
    assert f"«Ценники»{ru} на 1 день" in describe(operations, names, "ru")
    assert f"“Ценники”{en}, for 1 day" in describe(operations, names, "en")


def test_seats_of_a_product_that_nobody_knows_are_not_spoken_of():
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
    names = Names({"phone": "{acts} {0}"})
    assert "«{acts} {0}»" in describe(OPERATIONS.validate_python([phone()]), names, "ru")


def test_a_product_without_a_name_is_called_by_its_code():
    assert "«phone»" in describe(OPERATIONS.validate_python([phone()]), Names(), "ru")


@pytest.mark.parametrize(
    ("operation", "ru", "en"),
    [
        (
            {"op": "extend_term", "product": "phone", "term": {"days": 30}},
            "Купон продлит продукт «Телефония ПРОФ» на 30 дней.",
            "Extends “Телефония ПРОФ” by 30 days.",
        ),
        (
            {"op": "extend_term", "product": "phone", "term": {"until": "2026-12-31"}},
            "Купон продлит продукт «Телефония ПРОФ» до 31.12.2026.",
            "Extends “Телефония ПРОФ” until 2026-12-31.",
        ),
        (
            {"op": "extend_term", "product": "phone", "term": {"perpetual": True}},
            "Купон сделает продукт «Телефония ПРОФ» бессрочным.",
            "Makes “Телефония ПРОФ” perpetual.",
        ),
        (
            {"op": "extend_updates", "product": "phone", "term": {"days": 1}},
            "Купон продлит обновления продукта «Телефония ПРОФ» на 1 день.",
            "Extends the updates of “Телефония ПРОФ” by 1 day.",
        ),
        (
            {"op": "extend_updates", "product": "phone", "term": {"until": "2026-12-31"}},
            "Купон продлит обновления продукта «Телефония ПРОФ» до 31.12.2026.",
            "Extends the updates of “Телефония ПРОФ” until 2026-12-31.",
        ),
        (
            {"op": "add_seats", "product": "phone", "seats": 2},
            "Купон добавит продукту «Телефония ПРОФ» 2 места.",
            "Adds 2 seats to “Телефония ПРОФ”.",
        ),
        (
            {"op": "add_feature", "product": "phone", "feature": "scanner", "quantity": 5},
            "Купон добавит продукту «Телефония ПРОФ» опцию «Сканер» (5).",
            "Adds the feature “Сканер” (5) to “Телефония ПРОФ”.",
        ),
        (
            {"op": "add_feature", "product": "phone", "feature": "print"},
            "Купон включит продукту «Телефония ПРОФ» опцию «Печать».",
            "Switches the feature “Печать” of “Телефония ПРОФ” on.",
        ),
        (
            {"op": "start_trial", "product": "books", "days": 14, "if_used": "extend"},
            "Купон продлит триал продукта «Учёт» на 14 дней.",
            "Extends the trial of “Учёт” by 14 days.",
        ),
        (
            {"op": "start_trial", "product": "books", "days": 14},
            "Купон начнёт триал продукта «Учёт» на 14 дней.",
            "Starts a trial of “Учёт” for 14 days.",
        ),
        (
            {"op": "start_trial", "product": "books"},
            "Купон начнёт триал продукта «Учёт».",
            "Starts the trial of “Учёт”.",
        ),
        (
            {"op": "start_trial", "product": "books", "if_used": "extend"},
            "Купон начнёт или продлит триал продукта «Учёт».",
            "Starts or extends the trial of “Учёт”.",
        ),
        (
            {"op": "set_channel", "product": "phone", "channel": "beta"},
            "Купон разрешит продукту «Телефония ПРОФ» канал beta.",
            "Allows “Телефония ПРОФ” the channel beta.",
        ),
        (
            {"op": "add_product", "product": "tags", "term": YEAR, "quantity": 4},
            (
                "Купон добавит в ключ продукт «Ценники» × 4 на 365 дней со дня активации, "
                "обновления на тот же срок."
            ),
            "Adds “Ценники” × 4, for 365 days from redemption.",
        ),
        (
            {
                "op": "add_product",
                "product": "tags",
                "term": {"until": "2026-12-31"},
                "features": [{"feature": "print"}, {"feature": "scanner", "quantity": 2}],
                "if_present": "refuse",
            },
            (
                "Купон добавит в ключ продукт «Ценники» до 31.12.2026, обновления на тот же срок, "
                "с опциями «Печать», «Сканер» (2), если его там ещё нет."
            ),
            (
                "Adds “Ценники”, until 2026-12-31, with the features “Печать”, “Сканер” (2), "
                "unless the key has it."
            ),
        ),
    ],
)
def test_every_operation_has_its_words(operation, ru, en):
    assert (said("ru", operation), said("en", operation)) == (ru, en)


def test_a_channel_for_what_was_just_added_is_told_in_one_breath():
    rc = {"op": "set_channel", "product": "phone", "channel": "rc"}
    assert said("ru", phone(), rc) == (
        f"Купон добавит в ключ продукт «Телефония ПРОФ» {A_YEAR}, и разрешит канал rc."
    )
    assert "; разрешит продукту «Телефония ПРОФ» канал rc." in said("ru", phone(channel="beta"), rc)
    assert "; разрешит продукту «Ценники»" in said("ru", phone(), rc | {"product": "tags"})


HELD = {
    "status": "active",
    "starts_on": "2026-01-01",
    "valid_until": "2026-12-31",
    "updates_until": None,
    "seats": 10,
    "features": [],
    "channel": "stable",
    "is_trial": False,
}


def replaced(before, *after, language="ru"):
    return said(
        language, {"op": "replace_products", "before": before, "after": list(after)}
    ).removeprefix("Купон заменит состав ключа …58J0D (ООО «Ромашка»): ")


def test_a_replacement_names_the_key_and_every_product_before_and_after():
    row = {"product": "phone", "seats": 25, "term": {"until": "2026-12-31"}}
    assert said("ru", {"op": "replace_products", "before": {"phone": HELD}, "after": [row]}) == (
        "Купон заменит состав ключа …58J0D (ООО «Ромашка»): «Телефония ПРОФ, 10 мест» станет "
        "«Телефония ПРОФ, 25 мест», срок до 31.12.2026 не изменится."
    )
    assert replaced({"phone": HELD}, row, language="en") == (
        "Replaces the products of the key …58J0D (ООО «Ромашка»): “Телефония ПРОФ, 10 seats” "
        "becomes “Телефония ПРОФ, 25 seats”, the term until 2026-12-31 stays."
    )


@pytest.mark.parametrize(
    ("before", "row", "ru"),
    [
        (
            {"phone": HELD | {"valid_until": None, "seats": None}},
            {"product": "phone", "seats": None, "term": {"perpetual": True}},
            (
                "«Телефония ПРОФ, без ограничения мест» станет "
                "«Телефония ПРОФ, без ограничения мест», "
                "срок останется бессрочным."
            ),
        ),
        (
            {"phone": HELD},
            {"product": "phone", "term": {"days": 30}},
            (
                "«Телефония ПРОФ, 10 мест» станет «Телефония ПРОФ», новый срок: "
                "на 30 дней со дня активации, обновления на тот же срок."
            ),
        ),
        (
            {"phone": HELD},
            {"product": "tags", "seats": 1, "term": {"perpetual": True}},
            (
                "добавится «Ценники, 1 место» бессрочно, обновления тоже бессрочно; "
                "«Телефония ПРОФ, 10 мест» будет изъято."
            ),
        ),
    ],
)
def test_a_replacement_says_what_becomes_of_each_product(before, row, ru):
    assert replaced(before, row) == ru


@pytest.mark.parametrize(
    ("count", "uses", "until", "ru", "en"),
    [
        (
            1,
            1,
            date(2027, 12, 31),
            "Будет создан 1 купон, его можно использовать 1 раз до 31.12.2027.",
            "Makes 1 coupon, to be used once until 2027-12-31.",
        ),
        (
            1,
            500,
            None,
            "Будет создан 1 купон для 500 клиентов, не более 1 раза на клиента.",
            "Makes 1 coupon for 500 customers, once per customer at most.",
        ),
        (
            2,
            1,
            date(2027, 6, 30),
            "Будет создано 2 купона, каждый можно использовать 1 раз до 30.06.2027.",
            "Makes 2 coupons, each to be used once until 2027-06-30.",
        ),
        (
            5,
            21,
            None,
            "Будет создано 5 купонов, каждый для 21 клиента, не более 1 раза на клиента.",
            "Makes 5 coupons, each for 21 customers, once per customer at most.",
        ),
    ],
)
def test_a_batch_is_described_by_its_number_and_its_uses(count, uses, until, ru, en):
    assert describe_batch(count, uses, until, "ru") == ru
    assert describe_batch(count, uses, until, "en") == en


def test_a_batch_that_is_made_is_told_in_the_past():
    last = date(2027, 6, 30)
    assert describe_batch(3, 1, last, "ru", made_already=True) == (
        "Создано 3 купона, каждый можно использовать 1 раз до 30.06.2027."
    )
    assert describe_batch(1, 1, None, "en", made_already=True) == (
        "1 coupon is made, to be used once."
    )
