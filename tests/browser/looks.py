"""How a page is looked at: by axe in both themes at each width, and for what only people notice."""

from dataclasses import dataclass, field

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

from tests.looked import Check

WIDTHS = (1280, 360)
THEMES = ("light", "dark")
REFLOW = 320
"""WCAG 2.2, success criterion 1.4.10: 1280 pixels at 400 % are 320."""
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
RUN = "rules => axe.run(rules).then(found => found.violations)"
SHOWN = "html[data-bs-theme={0}], html:not([data-theme=auto])"
WIDE = """width => new Promise((tell) => {
    let frames = 30;  // charts take a few of them to follow their window
    const look = () => {
        const wide = document.documentElement.scrollWidth;
        if (wide <= width || frames-- === 0) tell(wide);
        else requestAnimationFrame(look);
    };
    look();
})"""
LOOKS = ((WIDTHS[0], THEMES), (WIDTHS[1], THEMES[::-1]), (REFLOW, ()))
"""Each width with the themes in it, in the order in which the theme changes least often."""
CALM = {"reduced_motion": "reduce"}
"""A colour half-way between two themes is no colour of the page."""


class Watch:
    """What a page does beside being shown: errors in the console, requests elsewhere."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.faults: list[str] = []
        self._base = base
        context.on("console", self._said)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("request", lambda request: self._asked(request.url))

    def _said(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self._base, "data:", "blob:")):
            self.faults.append(f"asked elsewhere: {url}")

    def taken(self, status: int = 200) -> list[str]:
        """The faults since the last time; that a page answered `status` is none."""
        expected = f"responded with a status of {status} "
        found = [fault for fault in self.faults if status == 200 or expected not in fault]
        self.faults.clear()
        return found


@dataclass
class Eyes:
    """Looks at what one window shows; its page follows the browser's theme."""

    page: Page
    checks: list[Check]
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Every document that is opened from now on has axe: sent once, it is half a megabyte."""
        self.page.add_init_script(AXE_SCRIPT)

    def look(self, name: str, also: list[str] | None = None) -> None:
        """The page that is shown, under a name of its own, with what else was seen of it."""
        page, found = self.page, list(also or ())
        language = page.locator("html").get_attribute("lang")
        if page.locator("h1").count() != 1:
            found.append(f"{page.locator('h1').count()} h1")
        for width, themes in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate(WIDE, width)
            if wide > width:
                found.append(f"scrolls sideways: {wide} in {width}")
            for theme in themes:
                page.emulate_media(color_scheme=theme)
                page.locator(SHOWN.format(theme)).wait_for(state="attached")
                violations = page.evaluate(RUN, RULES)
                self.checks.append((name, theme, language, width, len(violations)))
                found += [f"{theme} {width} {_told(each)}" for each in violations]
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        if found:
            self.wrong[name] = found


def _told(violation: dict) -> str:
    return f"{violation['id']}: {violation['nodes'][0]['html'][:200]}"
