"""Paths that lead out of a folder on some system or other, as a server has decoded them once."""

COUNT = 300
BEHIND = ("/static/", "/problems/", "/api/v1/artifacts/", "/api/v1/eulas/", "/")
_UP = (
    "..", "../", "..\\", "%2e%2e/", "%2e%2e%2f", "..%2f", "..%5c", "..%252f", "..%c0%af",
    "..\ufffd", "....//", "..;/", ".\0./", "..\uff0f", "\uff0e\uff0e/",
)  # fmt: skip
_PIECES = (
    *(up * depth + "etc/passwd" for up in _UP for depth in (1, 3, 12)),
    "/etc/passwd", "//etc/passwd", "\\\\host\\share", "C:\\Windows\\win.ini", "file:///etc/passwd",
    "~/.ssh/id_rsa", "\0", "none\0.css", "none.css\n", "none ", "CON", "NUL.css", ".git/config",
    "a" * 300, "a" * 8_000,
)  # fmt: skip


def hostile_paths() -> list[str]:
    """Every path behind everything that is served."""
    return [before + piece for before in BEHIND for piece in _PIECES]
