"""Which screens are pictured, how one gets there, and for whom."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page, expect

WHO = ("light-ru", "dark-ru", "light-en")
WIDE, NARROW = 1280, 360
ON_A_PHONE = ("overview", "key")
WHOLE = ("generator", "tester")
"""Pictured down to their end: what matters stands there."""


@dataclass(frozen=True)
class Scene:
    """Where the pictures are taken: ids and codes by what they are of."""

    ids: Mapping[str, str]
    codes: Mapping[str, str]


Walk = Callable[[Page, Scene], None]


def at(path: str) -> Walk:
    """A page that only has to be opened."""
    return lambda page, scene: page.goto(f"/cabinet{path.format(**scene.ids)}") and None


def _generator(page: Page, scene: Scene) -> None:
    del scene
    page.goto("/cabinet/coupons/generate")
    page.locator("#rows-0-product").select_option(index=1)
    expect(page.locator("#sentence")).to_contain_text(re.compile("«|“"))


def _result(page: Page, scene: Scene) -> None:
    _generator(page, scene)
    page.locator("#count").fill("3")
    page.locator("main .btn-primary[value=check]").click()
    page.locator("main .btn-primary[value=create]").click()
    expect(page.locator("#codes")).to_be_visible()


def _redeem(page: Page, scene: Scene) -> None:
    page.goto("/cabinet/coupons/redeem")
    page.locator("#key").fill(scene.codes["key"])
    page.locator("#coupon").fill(scene.codes["coupon"])
    page.locator("main .btn-primary[value=check]").click()
    expect(page.locator("main table").first).to_be_visible()


def _tester(page: Page, scene: Scene) -> None:
    page.goto(f"/cabinet/releases/{scene.ids['release']}/audience")
    page.locator("#configuration_name").fill("БухгалтерияПредприятия")
    page.locator("#configuration_version").fill("3.0.150.34")
    page.locator("#platform_version").fill("8.3.24.1548")
    page.locator("main .btn-primary[value=test]").click()
    expect(page.locator("#answers table")).to_be_visible()


SHOTS: Mapping[str, Walk] = {
    "overview": at(""),
    "customer": at("/customers/{customer}"),
    "key": at("/license-keys/{key}"),
    "story": at("/support/key/{story}"),
    "audit": at("/audit"),
    "release": at("/releases/{release}"),
    "tester": _tester,
    "generator": _generator,
    "redeem": _redeem,
    "result": _result,
}


def pictured() -> Iterator[tuple[str, str, int]]:
    """Screen, reader and width of each picture."""
    for who in WHO:
        yield from ((shot, who, WIDE) for shot in SHOTS)
    yield from ((shot, WHO[0], NARROW) for shot in ON_A_PHONE)


def name_of(shot: str, who: str, width: int) -> str:
    """`key-ru-light.png`, `key-ru-light-360.png`."""
    theme, language = who.split("-")
    narrow = f"-{width}" if width == NARROW else ""
    return f"{shot}-{language}-{theme}{narrow}.png"


def names() -> list[str]:
    """Of all pictures."""
    return [name_of(*each) for each in pictured()]
