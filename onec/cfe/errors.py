"""The one refusal of the reader of .cfe files, and what it says in two languages."""

from collections.abc import Mapping

_FOREIGN = ("Это не файл расширения 1С (.cfe)", "Not a 1C extension file")
_DAMAGED = ("Файл повреждён: {detail}", "The file is damaged: {detail}")
_LIMITS = ("Файл превышает допустимые размеры", "The file exceeds the limits")

TEXTS: Mapping[str, tuple[str, str]] = {
    "TOO_SHORT": _FOREIGN,
    "NOT_A_CONTAINER": _FOREIGN,
    "NOT_AN_EXTENSION": (
        "Это файл конфигурации (.cf), нужен .cfe",
        "This is a .cf, a .cfe is needed",
    ),
    "EMPTY": ("Контейнер пуст", "The container is empty"),
    "SHORT_DOCUMENT": _DAMAGED,
    "BAD_BLOCK": _DAMAGED,
    "LOOP": _DAMAGED,
    "BAD_TEXT": _DAMAGED,
    "HASH_MISMATCH": _DAMAGED,
    "DUPLICATE_ENTRY": _DAMAGED,
    "BAD_ENTRY_NAME": _DAMAGED,
    "TOO_BIG": _LIMITS,
    "TOO_MANY_ENTRIES": _LIMITS,
    "BOMB": _LIMITS,
    "UNKNOWN_FORMAT": (
        "Неизвестный формат {detail}; укажите сведения вручную",
        "Unknown format {detail}; enter the data by hand",
    ),
}
"""Code -> Russian and English sentence; the codes are part of the interface and never change."""


class BadCfe(Exception):  # noqa: N818 - a refusal of a file, not a fault of the program
    """The file is refused; `code` is a key of `TEXTS`, the details say where it is wrong."""

    def __init__(self, code: str, detail: str = "", detail_en: str | None = None) -> None:
        super().__init__(code, detail, detail_en)
        self.code = code
        self.detail = detail
        self.detail_en = detail if detail_en is None else detail_en

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"

    def text(self, language: str) -> str:
        """One sentence for people, in Russian for `ru` and in English for anything else."""
        russian, english = TEXTS[self.code]
        if language == "ru":
            return russian.format(detail=self.detail)
        return english.format(detail=self.detail_en)
