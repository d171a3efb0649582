"""Two spellings of a configuration each, and whether 1C takes them for one; always the same."""

import unicodedata

COUNT = 100
NAMES = (
    "БухгалтерияПредприятия", "УправлениеТорговлей", "ЗарплатаИУправлениеПерсоналом", "Розница",
    "УправлениеНашейФирмой", "КомплекснаяАвтоматизация2", "УчётПодъёмников", "Ёлка", "ЙодИЁд",
    "ERP",
)  # fmt: skip
_CYRILLIC, _LATIN = "АВЕКМНОРСТУХаеорсух", "ABEKMHOPCTYXaeopcyx"
_ALIKE = str.maketrans(_CYRILLIC + _LATIN, _LATIN + _CYRILLIC)


def _swapped(name: str) -> str:
    """With letters of the other alphabet that look the same; a letter more where it has none."""
    changed = name.translate(_ALIKE)
    return changed if changed.casefold() != name.casefold() else name + "o"


def _yo(name: str) -> str:
    changed = name.translate(str.maketrans("ёЁеЕ", "еЕёЁ"))
    return changed if changed != name else name + "ё"


SAME = {
    "decomposed": lambda name: unicodedata.normalize("NFD", name),
    "a trailing space": lambda name: name + " ",
    "spaces all around and between": lambda name: " \u00a0" + " ".join(name) + "\t\n",
    "zero-width": lambda name: "\ufeff" + "\u200b".join(name),
    "lower case": str.lower,
}
OTHER = {
    "in quotes": lambda name: f"«{name}»",
    "a look-alike": _swapped,
    "the other yo": _yo,
    "full-width or circled": lambda name: name + "①",
    "a hyphen": lambda name: name[:2] + "-" + name[2:],
}


def pairs() -> list[tuple[str, str, bool]]:
    """A name, another spelling, and whether both are one configuration."""
    same = [(name, change(name), True) for name in NAMES for change in SAME.values()]
    return same + [(name, change(name), False) for name in NAMES for change in OTHER.values()]
