"""What browsers load is ours, listed and unchanged; what pages may not contain is not there."""

import hashlib
import json
import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VENDOR = ROOT / "static" / "vendor"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CSS = (ROOT / "static" / "theme.css").read_text("utf-8")
FORBIDDEN = {
    "an inline style": r"\sstyle\s*=",
    "an inline handler": r"\son[a-z]+\s*=",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "a style element": r"<style\b",
    "an outline button": r"btn-outline-",
    "a colour that fails in the dark": r"\btext-(warning|info|muted)\b",
    "a foreign address": r"""(?:src|href|action)\s*=\s*["']https?:""",
    "htmx beyond the subset": r"\bhx-(?:on|vars|ext|boost|params|disable\b|headers)",
    "a script in htmx": r"hx-[a-z-]+\s*=\s*[\"']js:",
}
HTMX = {
    "hx-get", "hx-post", "hx-target", "hx-swap", "hx-trigger", "hx-select", "hx-push-url",
    "hx-include", "hx-indicator", "hx-sync", "hx-disabled-elt",
}  # fmt: skip
TEXT_ON = {
    "text": ("body", "surface", "head", "hover"),
    "muted": ("body", "surface", "head", "hover"),
    "link": ("body", "surface", "head", "hover"),
    "ok": ("body", "ok-tint"),
    "warn": ("body", "warn-tint"),
    "bad": ("body", "bad-tint"),
    "info": ("body", "info-tint"),
    "primary-text": ("primary", "primary-hover"),
    "bad-text": ("bad",),
}


def listed() -> list[dict]:
    return json.loads((VENDOR / "VENDOR.json").read_text("utf-8"))


def test_every_file_of_others_is_what_was_listed():
    for each in listed():
        data = (VENDOR / each["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == each["sha256"], each["path"]
        assert len(data) == each["size"]
        assert each["licence"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", each["version"])


def test_no_file_of_others_is_unlisted_and_each_has_its_licence_beside_it():
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    known = {each["path"] for each in listed()}
    assert found - {"VENDOR.json"} == known
    assert {f"{name.partition('/')[0]}/LICENSE" for name in known} <= known


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_contains(path: Path, what: str):
    assert re.search(FORBIDDEN[what], path.read_text("utf-8"), re.IGNORECASE) is None


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("an inline style", '<p style="color:red">'),
        ("an inline handler", '<a onclick="x()">'),
        ("an inline script", "<script>x()</script>"),
        ("an outline button", "btn-outline-primary"),
        ("a foreign address", '<img src="https://cdn.example.com/a.png">'),
        ("htmx beyond the subset", '<p hx-on:click="x()">'),
    ],
)
def test_what_is_forbidden_would_be_found(what: str, text: str):
    assert re.search(FORBIDDEN[what], text, re.IGNORECASE)


def test_only_the_allowed_part_of_htmx_is_used():
    used = {
        name for path in TEMPLATES for name in re.findall(r"\bhx-[a-z-]+", path.read_text("utf-8"))
    }
    assert used <= HTMX


def tokens(theme: str) -> dict[str, str]:
    block = re.search(rf'\[data-bs-theme="{theme}"\] {{(.*?)}}', CSS, re.DOTALL)[1]
    return dict(re.findall(r"--pk-([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("theme", "text", "ground"),
    [
        (t, text, ground)
        for t, (text, on) in product(("light", "dark"), TEXT_ON.items())
        for ground in on
    ],
)
def test_every_text_is_readable_on_its_ground(theme: str, text: str, ground: str):
    colours = tokens(theme)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_outlines_and_charts_are_seen(theme: str):
    colours = tokens(theme)
    for name in ("control", "focus", *(f"series-{number}" for number in range(1, 6))):
        assert contrast(colours[name], colours["body"]) >= 3, name


def test_own_scripts_are_small():
    for path in (ROOT / "static").glob("*.js"):
        assert len(path.read_text("utf-8").splitlines()) <= 150, path.name


def test_every_icon_that_is_named_is_drawn():
    sprite = (VENDOR / "bootstrap-icons" / "icons.svg").read_text("utf-8")
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    states = (ROOT / "app" / "cabinet" / "states.py").read_text("utf-8")
    sections = (ROOT / "app" / "cabinet" / "navigation.py").read_text("utf-8")
    named = set(re.findall(r'icon\("([\w-]+)"\)', "".join(p.read_text("utf-8") for p in TEMPLATES)))
    named |= set(re.findall(r'"((?:x|check|dash|slash|pause)-circle|hourglass-split)"', states))
    named |= set(re.findall(r'N_\("[^"]+"\), "([\w-]+)"', sections))
    assert named
    assert named <= drawn
