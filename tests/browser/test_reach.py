"""Every page by keyboard alone, and at four times the size: nothing is out of reach."""

import pytest
from playwright.sync_api import Page

from tests.browser.pages import FIXED, PAGES, VARIANTS
from tests.browser.site import Site

ZOOM = 4
"""WCAG 2.2, success criterion 1.4.10: 1280 pixels at 400 % are 320."""
BEGIN = """() => {
    const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary,"
        + "[tabindex='0']";
    const groups = new Set();
    const open = [...document.querySelectorAll(wanted)].filter((each) => {
        if (each.disabled || each.tabIndex < 0 || !each.checkVisibility()) return false;
        if (each.type !== "radio" || each.checked) return true;
        const group = [...document.getElementsByName(each.name)].filter((one) => !one.disabled);
        if (group.some((one) => one.checked) || groups.has(each.name)) return false;
        groups.add(each.name);
        return true;
    });
    document.body.tabIndex = -1;
    document.body.focus();
    window.reach = {open, seen: [], unseen: []};
    document.addEventListener("focusin", (event) => {
        const it = event.target, style = getComputedStyle(it), box = it.getBoundingClientRect();
        window.reach.seen.push(it);
        const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        const inside = box.bottom > 0 && box.top < innerHeight;
        if (!outlined && style.boxShadow === "none") window.reach.unseen.push([it, "no ring"]);
        if (!inside) window.reach.unseen.push([it, "outside the window"]);
    });
    return open.length;
}"""
END = """() => {
    const {open, seen, unseen} = window.reach;
    const told = (each) => each.outerHTML.slice(0, 140).replace(/\\s+/g, " ");
    const missed = open.filter((each) => !seen.includes(each));
    const faults = missed.map((each) => `not by Tab: ${told(each)}`);
    const order = seen.map((each) => open.indexOf(each)).filter((at) => at >= 0);
    order.forEach((at, place) => {
        if (place && at < order[place - 1]) faults.push(`out of order: ${told(open[at])}`);
    });
    unseen.forEach(([each, why]) => faults.push(`${why}: ${told(each)}`));
    return faults;
}"""


def by_tab(page: Page) -> list[str]:
    """What Tab does not reach, reaches out of order, or reaches without showing it."""
    for _ in range(page.evaluate(BEGIN)):
        page.keyboard.press("Tab")
    found: list[str] = page.evaluate(END)
    return found


def test_tab_reaches_every_control_in_order_and_shows_where_it_is(visit, site: Site) -> None:
    page, wrong = visit(reduced_motion="reduce").new_page(), {}
    for template in (*PAGES, *VARIANTS):
        page.goto(template.format(**site.ids, **FIXED))
        wrong[template] = by_tab(page)
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("who", ["light-ru", "dark-en"])
def test_at_four_times_the_size_no_page_scrolls_sideways(visit, site: Site, who: str) -> None:
    page, wrong = visit(who, width=1280 // ZOOM, device_scale_factor=ZOOM).new_page(), {}
    for template in (*PAGES, *VARIANTS):
        page.goto(template.format(**site.ids, **FIXED))
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > 1280 // ZOOM:
            wrong[template] = wide
    assert wrong == {}
