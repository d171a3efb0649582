"""Configurations of 1C as they went on during the year, and platforms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

BUH: Final = "БухгалтерияПредприятия"
TRADE: Final = "УправлениеТорговлей"
FIRM: Final = "УправлениеНебольшойФирмой"
PAY: Final = "ЗарплатаИУправлениеПерсоналом"
HOLDING: Final = "УправлениеХолдингом"
PLATFORMS: Final = ("8.3.24.1548", "8.3.25.1286", "8.3.25.1336", "8.3.26.1498")
OLD_PLATFORM: Final = "8.3.20.1838"
_MONTH: Final = 30


@dataclass(frozen=True, slots=True)
class Line:
    """A configuration of which a new version comes out every month."""

    name: str
    edition: str
    first: int
    step: int
    """By how much the third number grows in a month."""

    def version(self, month: int) -> str:
        """The version that came out in a month; before the first month, that of the first."""
        month = max(month, 0)
        return f"{self.edition}.{self.first + self.step * month}.{10 + 7 * month % 41}"

    def on(self, day: int, behind: int) -> str:
        """What an infobase has on a day whose people are so many months behind."""
        return self.version(day // _MONTH - behind)

    def known(self, day: int) -> str:
        """An upper end: all that is out on a day, and what comes out in the month after it."""
        return f"{self.edition}.{self.first + self.step * (day // _MONTH + 1)}"


LINES: Final[Mapping[str, Line]] = {
    line.name: line
    for line in (
        Line(BUH, "3.0", 164, 3),
        Line(TRADE, "11.5", 12, 1),
        Line(FIRM, "3.0", 4, 1),
        Line(PAY, "3.1", 27, 1),
        Line(HOLDING, "3.2", 8, 1),
    )
}
