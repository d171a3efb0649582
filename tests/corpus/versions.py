"""Texts in the place of a version; always the same."""

import random

COUNT = 200
_EDGES = (0, 9, 32_767, 32_768, 65_535, 65_536, 99_999, 100_000)
_SOUND = (
    "0", "1", "0.0.0.1", "3.0.1", "3.0.150.30", "8.3.27.1508", "8.5.1.100", "00001", "3.00.1.2",
    "32767.65535.65535.65535", "32767", "1.2", "2020.12.11", "007",
)  # fmt: skip
_ODD = (
    "", " ", "\t", "\n", "\0", ".", "..", "...", "-1", "+1", "1-2", "1_0", "1e3", "0x10", "NaN",
    "inf", "2020-12-11", "1.6.0+2021", "1.6.0+2021-08-03", "3.0.1 ", " 3.0.1", "3.0.1\n",
    "3.0.\n1", "3..1", ".3.0", "3.0.", "3.0.1.2.3", "1.2.3.4.5.6", "32768", "32768.0.0.0",
    "1.65536", "1.2.65536", "1.2.3.65536", "100000", "1.100000", "v1.2", "1.2b", "1.2-beta", "1,2",
    "1;2", "1/2", "1 2", "*", "3.*", "3.0.*", "3.0.150.*", "3.0.150.30.*", "latest", "№ 1",
    "версия 3.0", "3.0.x", "3.0.х", "None", "null", "true", "[]", "{}", "<b>1</b>", "'1'", "1'",
    "%d", "${1}", "1\u200b", "\u200b1", "\ufeff1.2", "1\u00a0.2", "\u202e1.2", "1.2\u0301", "Ⅳ",
    "½", "²", "①", "1" * 300, "1." * 150, "9" * 5_000, "3.0.1" + "0" * 300, "." * 1_000,
)  # fmt: skip
_DIGITS = ("٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "०१२३४५६७८९", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")


def version_texts() -> list[str]:
    """Every text once."""
    chance = random.Random("versions")  # noqa: S311 - the same texts in every run
    foreign = [
        "3.0.150.30".translate(str.maketrans("0123456789"[:upto], digits[:upto]))
        for digits in _DIGITS
        for upto in (1, 4, 10)
    ]
    texts = list(dict.fromkeys((*_SOUND, *_ODD, *foreign)))
    while len(texts) < COUNT:
        count = chance.randint(1, 5)
        text = ".".join(str(chance.choice(_EDGES)) for _ in range(count))
        if text not in texts:
            texts.append(text)
    return texts
