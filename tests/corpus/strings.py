"""Texts that mean something to somebody else: a browser, a template, a shell, a spreadsheet."""

COUNT = 150
_MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)", "</textarea><script>1</script>", "<!--", "-->", "]]>",
    "<![CDATA[x]]>",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "&lt;script&gt;", "&amp;amp;", "&#0;", "&#x202e;", "javascript:alert(1)", "JaVaScRiPt:1",
    "data:text/html,<b>1</b>", "vbscript:1", "//evil.example", "http://a@evil.example/",
    "<a href=//evil.example>x</a>", "<style>*{}</style>", "<base href=//x>", "<form action=x>",
    "<iframe srcdoc=x>",
)  # fmt: skip
_TEMPLATES = (
    "{{7*7}}", "{{config}}", "{%raw%}", "{# x #}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "%(a)s",
    "%s%n", "{0.__class__.__mro__}", "{x:>30000000}", "{}", "}{", "[[1]]", "*|1|*", "@(1)", "`id`",
    "$(id)", "$HOME", "%PATH%", "!cmd", "\\u0041", "\\x41", "\\N{BULLET}", "\\",
)  # fmt: skip
_SQL = (
    "'", "''", '"', "'; DROP TABLE customers; --", "' OR '1'='1", "1) OR (1=1", "\\'", "%", "_",
    "%%", "_%", "\\%", ":name", ":1", "?", "$1", "%(name)s", "E'\\x41'", "/* */", "--", ";", "NULL",
    "null", "\u02bc OR 1", "\uff07 OR 1",
)  # fmt: skip
_DIRECTIONS = tuple(
    f"a{sign}b{more}"
    for sign in "\u200e\u200f\u061c\u202a\u202b\u202d\u202e\u2066\u2067\u2069"
    for more in ("", "\u05d0")
)
_PICTURES = (
    "\U0001f384", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1f7\U0001f1fa",
    "\u2764\ufe0f", "\U0001f3f4\U000e0067\U000e007f", "\U0001d504", "\U0010ffff", "\ue000",
    "\ufffe", "\uffff",
)  # fmt: skip
_COMBINING = (
    "e\u0301", "\u0301", "Z\u0351\u036b\u0343\u036a\u0302\u036b" * 9, "e\u0301\u0323",
    "e\u0323\u0301", "\u1100\u1161\u11a8", "\ufb01", "\ufdfa", "\u0130", "\u00df", "\u017f",
    "\u212a", "\u3164", "\u00ad", "\u200b",
)  # fmt: skip
_FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x")',
    "=cmd|'/C calc'!A0", "\uff1d1+1", ";=1", ",=1", "'=1", '"=1+1"', " =1+1",
    "-2+3+cmd|' /C calc'!A0",
)  # fmt: skip
_PATHS = (
    "../../etc/passwd", "..\\..\\win.ini", "C:\\x", "\\\\host\\share", "file:///etc/passwd",
    "/dev/null", "CON", "a/b", "a\\b", ".", "..", "~", "%2e%2e%2f", "a%00b", "a;b",
)  # fmt: skip


def hostile_strings() -> list[str]:
    """Every text, the same in each run."""
    return [
        *_MARKUP, *_TEMPLATES, *_SQL, *_DIRECTIONS, *_PICTURES, *_COMBINING, *_FORMULAS, *_PATHS,
    ]  # fmt: skip
