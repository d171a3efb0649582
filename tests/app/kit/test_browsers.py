"""Programs by their User-Agent headers."""

import pytest

from app.kit.browsers import program

_KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_WINDOWS, _MAC = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X",
)
_ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8)"
_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{_WINDOWS} {_KIT} Chrome/130.0.0.0 Safari/537.36", "Chrome 130, Windows"),
        (
            f"{_WINDOWS} {_KIT} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.2849.68",
            "Edge 130, Windows",
        ),
        (
            f"{_WINDOWS} {_KIT} Chrome/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36",
            "Яндекс Браузер 24, Windows",
        ),
        (f"{_WINDOWS} {_KIT} Chrome/129.0 Safari/537.36 OPR/115.0", "Opera 115, Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox 132, Linux",
        ),
        (f"{_MAC} 10_15_7) {_KIT} Version/17.5 Safari/605.1.15", "Safari 17, macOS"),
        (f"{_PHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17, iOS"),
        (f"{_PHONE} CriOS/130.0.6723.90 Mobile/15E148 Safari/604.1", "Chrome 130, iOS"),
        (
            f"{_ANDROID} {_KIT} Chrome/130.0.0.0 Mobile Safari/537.36",
            "Chrome 130, Android",
        ),
        ("podkluch-agent/1.2.0", "podkluch-agent 1.2.0"),
        ("python-httpx/0.28.1 extra", "python-httpx 0.28.1"),
        ("testclient", "testclient"),
        ("Mozilla/5.0 (something of its own)", "Mozilla/5.0 (something of its own)"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_program_is_called_as_people_call_it(user_agent, words):
    assert program(user_agent) == words
