"""Errors of COM and 1C: what pywin32 raises, told apart by its text, as errors of the agent."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from agent.codes import Code
from agent.com.errortexts import BY_HRESULT, BY_TEXT
from agent.com.sessionlist import busy_with
from agent.errors import InfobaseError
from agent.logs import mask
from wire.problems import Sentence

DISP_E_EXCEPTION: Final = 0x80020009
DISP_E_MEMBERNOTFOUND: Final = 0x80020003
DISP_E_UNKNOWNNAME: Final = 0x80020006
DISP_E_TYPEMISMATCH: Final = 0x80020005

_LONGEST = 4000  # characters of a text that 1C sent
_BAD = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_BUILD = re.compile(r"(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,5}\.\d{1,6}(?![\d.])")
_DLL = Sentence(
    r"C:\Program Files\1cv8\<версия>\bin\comcntr.dll",
    r"C:\Program Files\1cv8\<version>\bin\comcntr.dll",
)


class ComError(Exception):
    """What pywin32's com_error holds; `excepinfo` is (wcode, source, text, help, id, scode)."""

    def __init__(
        self,
        hresult: int,
        strerror: str = "",
        excepinfo: tuple[object, ...] | None = None,
        argerror: int | None = None,
    ) -> None:
        super().__init__(hresult)
        self.hresult = hresult & 0xFFFFFFFF  # pywin32 has it signed
        self.strerror = strerror
        self.excepinfo = excepinfo
        self.argerror = argerror
        self.member = ""  # the name that was asked for; its wrapper says it

    @property
    def text(self) -> str:
        """What 1C says happened, else what Windows says, fit to be shown."""
        said = self.excepinfo[2] if self.excepinfo and len(self.excepinfo) > 2 else None  # noqa: PLR2004 - the third is the text
        return clean(str(said or self.strerror or ""))

    def __str__(self) -> str:
        return f"0x{self.hresult:08X} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Where:
    """What an error text should name; nothing of it is secret."""

    srv: str = ""
    ref: str = ""  # of a server infobase, or the folder of a file infobase
    bits: int = 64
    dll: str | Sentence = _DLL
    is_connected: bool = False  # a session had begun, so a dead server has lost it


def clean(text: str) -> str:
    """A text from COM that can harm no console, log or report: one line, no marks, no secrets."""
    kept = []
    for letter in text[:_LONGEST]:
        kind = unicodedata.category(letter)
        if kind in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif kind[0] != "C":  # formats such as bidi marks, half characters, private ones
            kept.append(letter)
    return mask(" ".join("".join(kept).split()))


def harmless(text: str) -> str:
    """The same text without what a console or a file would stumble over; spaces stay."""
    return "".join(letter for letter in text[:_LONGEST] if unicodedata.category(letter) not in _BAD)


def code_of(error: ComError) -> Code:
    """Which of the agent's codes it is: by hresult where COM itself failed, else by text."""
    hresult = error.hresult
    if hresult == DISP_E_EXCEPTION and not error.text:
        hresult = _scode(error)  # what happened stands there alone
    known = BY_HRESULT.get(hresult)
    if known is not None:
        return known
    text = error.text.casefold()
    for code, parts in BY_TEXT:
        if any(part in text for part in parts):
            return code
    return Code.CONNECTOR_ERROR


def infobase_error(error: ComError, where: Where) -> InfobaseError:
    """The error for people; its `source` is 1C's own text."""
    code = code_of(error)
    if where.is_connected and code is Code.RPC_UNAVAILABLE:
        code = Code.CONNECTION_LOST
    text = error.text or f"0x{error.hresult:08X}"
    builds = [*_BUILD.findall(text), "?", "?"]
    return InfobaseError(
        code,
        text,
        text=_after_full_stop(text) if code is Code.SESSIONS_DENIED else text,
        why=text,
        srv=clean(where.srv),
        ref=clean(where.ref),
        bits=where.bits,
        other=96 - where.bits,
        dll=where.dll,
        a=builds[0],
        b=builds[1],
        name=error.member or "?",
        **({"sessions": busy_with(text)} if code is Code.EXCLUSIVE_LOCK else {}),
    )


def _scode(error: ComError) -> int:
    found = error.excepinfo[5] if error.excepinfo and len(error.excepinfo) > 5 else 0  # noqa: PLR2004 - the sixth is the scode
    return found & 0xFFFFFFFF if isinstance(found, int) else 0


def _after_full_stop(text: str) -> str:
    """What somebody wrote for those who are not let in; the phrase before it is 1C's own."""
    own, _, message = text.partition(".")
    return message.strip(" .") or own
