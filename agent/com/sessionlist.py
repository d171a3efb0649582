"""Who keeps an infobase busy, out of the text in which 1C refuses exclusive access."""

import re
from typing import Final

from wire.problems import Sentence

# 8.3.18 has «сеанс: 5, начат: …»; platforms before it had «сеанс начат: …» and no number
_ROW: Final = re.compile(
    r"(?:компьютер|computer)\s*:\s*(?P<computer>[^,;]{1,64})"
    r"(?:,\s*(?:пользователь|user)\s*:\s*(?P<user>[^,;]{0,64}))?"
    r"(?:,\s*(?:сеанс|соединение|session|connection)\s*:\s*(?P<number>\d{1,9}))?"
    r"(?:,[^,;]{0,80}?(?:начат|started)\s*:[^,;]{0,40})?"
    r",\s*(?:приложение|application)\s*:\s*(?P<application>[^,;.]{1,64}?)"
    r"(?=\s*(?:[,;.]|$|(?:компьютер|computer)\s*:))",
    re.IGNORECASE,
)
_SHOWN = 10  # more rows than that tell a reader nothing more


def busy_with(text: str) -> Sentence:
    """The sessions that a text of 1C lists, for people; a text of another form as it is."""
    found = list(_ROW.finditer(text))
    if not found:
        return Sentence(text, text)
    rows = [_shown(row) for row in found[:_SHOWN]]
    more = len(found) - len(rows)
    return Sentence(
        "; ".join([*(ru for ru, _ in rows), *([f"и ещё {more}"] if more else [])]),
        "; ".join([*(en for _, en in rows), *([f"and {more} more"] if more else [])]),
    )


def _shown(row: re.Match[str]) -> tuple[str, str]:
    who = ", ".join(part.strip() for part in (row["computer"], row["user"]) if part)
    application = row["application"].strip()
    number = row["number"]
    ru, en = (f", сеанс {number}", f", session {number}") if number else ("", "")
    return f"{who}{ru} ({application})", f"{who}{en} ({application})"
