"""More requests as bytes: what is doubled, forged, overridden or broken in two; always the same."""

COUNT = 100
"""Together with those that tests/app/kit/test_serving.py spells out."""
_HOSTS = (
    b"",
    b"evil.example",
    b"evil.example:99999",
    b"a b",
    b"[::1",
    b"127.0.0.1:8000@evil.example",
)
_FORGED = (
    b"X-Forwarded-For: 127.0.0.1", b"X-Forwarded-For: ::1, 127.0.0.1",
    b"X-Forwarded-Host: evil.example", b"X-Forwarded-Proto: https", b"X-Real-IP: 127.0.0.1",
    b"Forwarded: for=127.0.0.1;host=evil.example", b"X-Original-URL: /metrics",
    b"X-Rewrite-URL: /metrics", b"X-HTTP-Method: DELETE", b"X-Method-Override: PUT",
    b"X-Host: evil.example", b"Via: 1.1 evil.example",
    b"X-Forwarded-Port: 1", b"True-Client-IP: 127.0.0.1",
)  # fmt: skip
_DOUBLED = (
    b"Accept-Language: ru\r\nAccept-Language: en",
    b"Authorization: Bearer a\r\nAuthorization: Bearer b", b"Cookie: a=b\r\nCookie: a=c",
    b"X-Request-Id: a\r\nX-Request-Id: b", b"Range: bytes=0-0\r\nRange: bytes=1-1",
    b"Expect: 100-continue\r\nExpect: 100-continue",
)  # fmt: skip
_SIZES = (
    b"1;a=b\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"02\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n00\r\n\r\n",
)  # fmt: skip
_BROKEN_SIZES = (
    b"-2\r\n{}\r\n0\r\n\r\n", b"+2\r\n{}\r\n0\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}x\r\n0\r\n\r\n", b"2\n{}\n0\n\n", b"2 \r\r\n{}\r\n0\r\n\r\n",
)  # fmt: skip
_LENIENT = (b"GET  /health/live HTTP/1.1", b"GET /health/live")
_LINES = (
    b"GET /health/live HTTP/1.1 x",
    b"GET /health/live http/1.1", b"GET\t/health/live HTTP/1.1", b" GET /health/live HTTP/1.1",
    b"GET /health/live HTTP/11", b"GET /health/live FTP/1.1", b"GET HTTP/1.1",
    b"/health/live HTTP/1.1",
)  # fmt: skip


def clear(live: bytes) -> dict[str, bytes]:
    """Odd, but there is one way to read it: it is answered, and nobody believes what is forged."""
    found = {f"host {host!r}": live.replace(b"localhost", host) + b"\r\n" for host in _HOSTS}
    found |= {repr(line): line + live[live.index(b"\r\n") :] + b"\r\n" for line in _LENIENT}
    return found | {repr(line): live + line + b"\r\n\r\n" for line in (*_FORGED, *_DOUBLED)}


def chunked(head: bytes) -> dict[str, bytes]:
    """Bodies in pieces that are a whole `{}`."""
    return {repr(body): head + body for body in _SIZES}


def unclear(live: bytes, head: bytes) -> dict[str, bytes]:
    """Two programs might read these in two ways."""
    found = {repr(line): line + live[live.index(b"\r\n") :] + b"\r\n" for line in _LINES}
    return found | {repr(body): head + body for body in _BROKEN_SIZES}
