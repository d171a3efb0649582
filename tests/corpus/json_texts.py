"""Bodies that are no JSON, or none that an honest client sends; always the same."""

import random

COUNT = 140
_GOOD = '{"name": "Склад", "count": [1, 2.5, -3e2, true, null], "more": {"a": "\\u0411\\n"}}'
_GRAMMAR = (
    "", " ", "\n", "\0", "{", "}", "[", "]", '"', "{}{}", "{} x", "[] []", "[1,]", "[,1]", "[1 2]",
    '{"a":1,}', '{,"a":1}', '{"a" 1}', '{"a":}', '{"a"}', "{1:2}", "{a:1}", "{'a':1}", "['a']",
    "[1]//", "/**/[1]", "#", "True", "None", "undefined", "nul", "tru", "a", "'a'", "a=b&c=d",
    "<a/>", "---\na: 1", "<?xml version='1.0'?><a/>", "\u00a0{}", "\ufeff{}", "{}\u2028x",
)  # fmt: skip
_ESCAPES = ("\\", "\\x41", "\\u", "\\u12", "\\u12g4", "\\U00000041", "\\'", "\\0", "\\v", "\\\n")
_HALVES = ("\\ud800", "\\udfff", "\\udc00\\ud800", "\\ud800\\ud800", "\\ud83d x \\ude00")
_CONTROLS = ("\0", "\x01", "\t", "\n", "\r", "\x1f")
_NUMBERS = (
    "NaN", "-NaN", "Infinity", "-Infinity", "+1", ".5", "1.", "01", "-01", "0x1", "1e", "1e+",
    "--1", "1_000", "1,5", "1e400", "-1e400", "1e99999", "٣", "1" * 5_000, "-" + "1" * 10_000,
)  # fmt: skip
_DEPTHS = (65, 100, 1_000, 100_000)


def broken_texts() -> list[bytes]:
    """Every body, the same in each run."""
    texts = [*_GRAMMAR]
    texts += [f'{{"a": "{odd}"}}' for odd in (*_ESCAPES, *_HALVES, *_CONTROLS)]
    texts += [f'{{"{half}": 1}}' for half in _HALVES]
    texts += [f'{{"a": {number}}}' for number in _NUMBERS]
    texts += ["[" * depth + "]" * depth for depth in _DEPTHS]
    texts += ['{"a":' * depth + "1" + "}" * depth for depth in _DEPTHS]
    texts += ["[" * depth for depth in _DEPTHS]
    return [text.encode() for text in texts] + _truncated() + _foreign() + _noise()


def _truncated() -> list[bytes]:
    whole = _GOOD.encode()
    return [whole[:end] for end in range(2, len(whole), 5)]


def _foreign() -> list[bytes]:
    """The good text in other encodings, and in a UTF-8 that is none."""
    encoded = [_GOOD.encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")]
    encoded += [_GOOD.encode("utf-8-sig"), _GOOD.encode("cp1251"), _GOOD.encode("koi8-r")]
    odd = (b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\x80", b"\xe2\x82")
    return encoded + [b'{"a": "' + each + b'"}' for each in odd]


def _noise() -> list[bytes]:
    source = random.Random(2)  # noqa: S311 - the same bytes in every run
    return [source.randbytes(size) for size in range(1, 200, 20)]
