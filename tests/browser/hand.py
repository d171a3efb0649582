"""Somebody at the mouse and the keyboard, whose every click and field is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Frame, Locator, Page


@dataclass
class Effort:
    """What one step has cost: pages that came up, clicks, fields that were filled in."""

    name: str
    pages: int = 0
    clicks: int = 0
    fields: int = 0

    def fits(self, most: "Effort") -> bool:
        """Whether it is within a bound."""
        return (
            self.pages <= most.pages and self.clicks <= most.clicks and self.fields <= most.fields
        )


class Hand:
    """Works on one page and counts what it does, step by step."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.efforts: list[Effort] = []
        page.on("framenavigated", self._came_up)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Whatever is done inside belongs to this step."""
        self.efforts.append(Effort(name))
        yield
        self.page.wait_for_load_state()

    def follow(self, text: str) -> None:
        """A link of the page."""
        self._click(self._main.get_by_role("link", name=text, exact=True).first)

    def go(self, text: str) -> None:
        """An item of the menu at the side."""
        self._click(self.page.locator(".side").get_by_role("link", name=text, exact=True))

    def press(self, text: str) -> None:
        """A button of the page."""
        self._click(self._main.get_by_role("button", name=text, exact=True))

    def fill(self, label: str, text: str) -> None:
        """A field by what is written above it."""
        self._field().get_by_label(label).fill(text)

    def write(self, name: str, text: str) -> None:
        """A field of a row, where several have the same label."""
        self._field().locator(f"#{name}").fill(text)

    def choose(self, name: str, value: str) -> None:
        """One of a list."""
        self._field().locator(f"#{name}").select_option(value)

    def attach(self, label: str, file: Path) -> None:
        """A file."""
        self._field().get_by_label(label).set_input_files(file)

    @property
    def _main(self) -> Locator:
        return self.page.locator("main")

    def _field(self) -> Locator:
        self.efforts[-1].fields += 1
        return self._main

    def _click(self, what: Locator) -> None:
        self.efforts[-1].clicks += 1
        what.click()

    def _came_up(self, frame: Frame) -> None:
        if frame == self.page.main_frame and self.efforts:
            self.efforts[-1].pages += 1
