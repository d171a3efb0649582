"""The program behind a User-Agent header (RFC 9110 §10.1.5), as people call it."""

import re
from typing import Final

_BROWSERS: Final = {
    "YaBrowser": "Яндекс Браузер",
    "Edg": "Edge",
    "EdgA": "Edge",
    "EdgiOS": "Edge",
    "OPR": "Opera",
    "Vivaldi": "Vivaldi",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "HeadlessChrome": "Chrome",
    "Chrome": "Chrome",
    "Version": "Safari",
}
"""By their product token; those that also call themselves something below them come first."""
_SYSTEMS: Final = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iOS",
    "iPad": "iPadOS",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
_OTHER: Final = re.compile(r"([\w.-]{1,40})/(\d{1,9}[\w.+-]{0,30})")


def program(user_agent: str | None) -> str:
    """«Chrome 130, Windows»; of no browser its own name and version, else the text as it is."""
    text = user_agent or ""
    if not text.startswith("Mozilla/"):
        other = _OTHER.match(text)
        return f"{other[1]} {other[2]}" if other else text
    system = next((name for token, name in _SYSTEMS.items() if token in text), "")
    for token, name in _BROWSERS.items():
        found = re.search(rf"\b{token}/(\d{{1,9}})", text)
        if found:
            return ", ".join(part for part in (f"{name} {found[1]}", system) if part)
    return text
