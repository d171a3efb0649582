"""What the vendor of the story sells: three products, five extensions, forty releases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.demo.history.market import BUH, FIRM, LINES, PAY, PLATFORMS, TRADE
from onec.cfe_writer import NewObject, make_cfe

VENDOR_IN_FILES: Final = "Демо-вендор «Вектор»"
DOCUMENTS, EXCHANGE, COMFORT = "tidy-documents", "marketplaces", "comfort"

FEATURES: Final[Mapping[str, str]] = {
    "branches": "Филиалы",
    "edo": "Электронные документы",
    "marking": "Маркировка",
}
PRODUCTS: Final[Sequence[Mapping[str, object]]] = (
    {
        "code": DOCUMENTS,
        "name": "Документы без ошибок",
        "external_guid": "demo-0001",
        "default_term": {"days": 365},
        "default_seats": 3,
        "trial_kind": "calendar_days",
        "trial_days": 30,
        "features": [{"feature": "branches", "quantity": 2}, {"feature": "edo"}],
    },
    {
        "code": EXCHANGE,
        "name": "Обмен с маркетплейсами",
        "external_guid": "demo-0002",
        "default_term": {"days": 180},
        "default_seats": 2,
        "after_expiry": "block",
        "transfer_quota": 2,
        "trial_kind": "calendar_days",
        "trial_days": 14,
        "features": [{"feature": "marking"}],
    },
    {
        "code": COMFORT,
        "name": "Удобства бухгалтера",
        "external_guid": "demo-0003",
        "trial_kind": "free_perpetual",
    },
)


@dataclass(frozen=True, slots=True)
class Ware:
    """An extension, and for which configurations it is made."""

    code: str
    onec_name: str
    title: str
    english: str
    product: str
    prefix: str
    homes: Sequence[str]
    purpose: str = "customization"

    def file(self, version: str) -> bytes:
        """The .cfe of a version: small, whole, and another one for each version."""
        parts = [
            ("CommonModule", "Проверки"),
            ("CommonModule", f"Версия{version.replace('.', '_')}"),
        ]
        objects = [NewObject(kind, f"{self.prefix}{name}") for kind, name in parts]
        return make_cfe(
            self.onec_name, self.title, version, VENDOR_IN_FILES, self.prefix, objects=objects
        )

    def rules(self, day: int) -> list[dict[str, object]]:
        """For which versions a release is meant that comes out on a day."""
        rows: list[dict[str, object]] = [
            {
                "configuration_name": home,
                "editions": ["prof", "corp"],
                "version_from": LINES[home].version(0),
                "tested_to": LINES[home].known(day),
                "platform_min": [PLATFORMS[0]],
            }
            for home in self.homes
        ]
        home = LINES[self.homes[0]]
        return [{**rows[0], "excluded": [f"{home.edition}.{home.first + 2}.99"]}, *rows[1:]]


WARES: Final[Sequence[Ware]] = (
    Ware(
        "document-check",
        "ПроверкаДокументов",
        "Проверка документов",
        "Document check",
        DOCUMENTS,
        "ПД_",
        (BUH,),
    ),
    Ware(
        "print-forms",
        "ПечатныеФормыПлюс",
        "Печатные формы плюс",
        "Print forms plus",
        DOCUMENTS,
        "ПФ_",
        (BUH, TRADE),
    ),
    Ware(
        "orders",
        "ЗаказыМаркетплейсов",
        "Заказы маркетплейсов",
        "Marketplace orders",
        EXCHANGE,
        "ЗМ_",
        (TRADE, FIRM),
    ),
    Ware(
        "stock",
        "ОстаткиНаВитрине",
        "Остатки на витрине",
        "Stock on display",
        EXCHANGE,
        "ОВ_",
        (TRADE, FIRM),
    ),
    Ware(
        "handy",
        "УдобстваБухгалтера",
        "Удобства бухгалтера",
        "Handy for accountants",
        COMFORT,
        "УБ_",
        (BUH, PAY),
        "addon",
    ),
)
OF_PRODUCT: Final[Mapping[str, Sequence[Ware]]] = {
    str(product["code"]): [ware for ware in WARES if ware.product == product["code"]]
    for product in PRODUCTS
}
RELEASES: Final = 8
"""Of each extension."""
_BETWEEN, _APART = 45, 6
_VERSIONS: Final = ("1.0.0", "1.1.0", "1.1.1", "1.2.0", "1.3.0", "2.0.0", "2.1.0", "2.2.0")
_NOTES: Final = (
    "Первый выпуск.",
    "Быстрее открываются большие списки; исправлена печать из журнала.",
    "Исправлена ошибка при пустом контрагенте.",
    "Новая форма настройки. Проверки можно отключать по одной.",
    "Поддержка новых форм отчётности, мелкие исправления.",
    "Переработаны правила проверки, настройки переносятся сами.",
    "Отбор по организациям; подсказки рядом с полями.",
    "Работа с филиалами и новые печатные формы.",
)
_ENGLISH: Final = (
    "The first release.",
    "Long lists open faster; printing from the journal is mended.",
    "Mended: a document without a counterparty.",
    "A new form of settings. Checks can be switched off one by one.",
    "New forms of reports, small corrections.",
    "The rules of checks are new, settings move by themselves.",
    "Filter by organisation; hints beside the fields.",
    "Branches and new print forms.",
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A release to be: of what, which number, and on which day of the year."""

    ware: Ware
    number: int
    day: int

    @property
    def version(self) -> str:
        """Ours, and that in the file as well."""
        return _VERSIONS[self.number]

    def document(self) -> dict[str, object]:
        """What its draft says."""
        return {
            "extension": self.ware.code,
            "version": self.version,
            "notes_ru": _NOTES[self.number],
            "notes_en": _ENGLISH[self.number],
            "rules": self.ware.rules(self.day),
        }


def planned() -> Iterator[Planned]:
    """All releases, extension by extension."""
    for row, ware in enumerate(WARES):
        for number in range(RELEASES):
            yield Planned(ware, number, 3 + _BETWEEN * number + _APART * row)


def eula(product: str, number: int) -> tuple[str, str]:
    """An agreement in Russian and in English."""
    return (
        (
            f"Лицензионное соглашение на «{product}», редакция {number}\n\n"
            "1. Места в ключе — это число баз, в которых расширение работает.\n"
            "2. Обновления доступны, пока действует срок обновлений.\n"
            "3. Это демонстрационный текст, а не договор.\n"
        ),
        (
            f'Licence agreement for "{product}", edition {number}\n\n'
            "1. The seats of a key are the infobases in which the extension works.\n"
            "2. Updates are available until the date in the key.\n"
            "3. This is a demonstration, not a contract.\n"
        ),
    )
