"""Every page by keyboard alone: nothing is out of reach."""

from playwright.sync_api import Page

from tests.browser.pages import FIXED, PAGES, VARIANTS
from tests.browser.site import Site

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
        const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
        const on = document.elementFromPoint(box.x + box.width / 2, middle);
        const own = [it, ...(it.labels || [])];
        const clear = on && (own.some((each) => each.contains(on)) || on.contains(it));
        if (inside && !clear) window.reach.unseen.push([it, "covered"]);
    });
    const stops = open.filter((each) => each.type === "date").length;
    return open.length + 4 * stops;  // day, month, year and calendar of each
}"""
END = """() => {
    const {open, seen, unseen} = window.reach;
    const told = (each) => each.outerHTML.slice(0, 140).replace(/\\s+/g, " ");
    const missed = open.filter((each) => !seen.includes(each));
    const faults = missed.map((each) => `not by Tab: ${told(each)}`);
    const order = [...new Set(seen)].map((each) => open.indexOf(each)).filter((at) => at >= 0);
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
