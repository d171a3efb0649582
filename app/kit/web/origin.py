"""Whether a request that changes something comes from a page of ours."""

from urllib.parse import urlsplit

from fastapi import Request

from app.kit.problems import CsrfFailed

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}


def require_own(request: Request) -> None:
    """Refuses what another site's page made a browser send; reading is nobody's harm.

    Browsers say it in Sec-Fetch-Site, which no script can set (Fetch Metadata, W3C); over plain
    http to a host by name they do not, and then Origin has to be our public address.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise CsrfFailed
    elif _origin(request.headers.get("origin", "")) != _origin(
        str(request.app.state.kit.settings.public_url)
    ):
        raise CsrfFailed


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port (RFC 6454); None, which equals no address of ours, if there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
