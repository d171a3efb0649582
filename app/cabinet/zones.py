"""Time zones to choose from: those of Russia first, each with its distance from UTC."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from app.kit.i18n import N_, Language, translate

RUSSIAN = {
    "Europe/Kaliningrad": N_("Kaliningrad"),
    "Europe/Moscow": N_("Moscow"),
    "Europe/Samara": N_("Samara"),
    "Asia/Yekaterinburg": N_("Yekaterinburg"),
    "Asia/Omsk": N_("Omsk"),
    "Asia/Novosibirsk": N_("Novosibirsk"),
    "Asia/Krasnoyarsk": N_("Krasnoyarsk"),
    "Asia/Irkutsk": N_("Irkutsk"),
    "Asia/Yakutsk": N_("Yakutsk"),
    "Asia/Vladivostok": N_("Vladivostok"),
    "Asia/Magadan": N_("Magadan"),
    "Asia/Kamchatka": N_("Kamchatka"),
}


def zones(now: datetime, language: Language) -> list[tuple[str, str]]:
    """Each zone by its name in the tz database, with what people read."""
    return [
        (name, f"{translate(RUSSIAN.get(name, name), language)} ({_distance(zone, now)})")
        for name, zone in _known().items()
    ]


@cache
def _known() -> Mapping[str, ZoneInfo]:
    """All zones, kept: each is a file, and `ZoneInfo` itself holds no more than a few."""
    others = sorted(zone for zone in available_timezones() if "/" in zone and zone not in RUSSIAN)
    return {name: ZoneInfo(name) for name in [*RUSSIAN, *others]}


def _distance(zone: ZoneInfo, now: datetime) -> str:
    """UTC+3, UTC+5:30; summer time counts as it is now."""
    offset = now.astimezone(zone).strftime("%z")
    sign, hours, minutes = offset[0], int(offset[1:3]), offset[3:5]
    if not hours and minutes == "00":
        return "UTC"
    return f"UTC{sign}{hours}" + ("" if minutes == "00" else f":{minutes}")
