"""`agent.log`: what happened, with every secret masked."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from agent.errors import AgentError
from onec.connection import hide_passwords
from wire.codes import hide_codes

_PATTERNS = (
    (re.compile(r"\b(pk[a-z]_)[A-Za-z0-9_-]+"), r"\1***"),
    (re.compile(r"(?i)\b(bearer\s+)\S+"), r"\1***"),
    (re.compile(r"(\b\w+://)[^/\s@]+@"), r"\1***@"),
    (re.compile(r"\b([A-Z]{4}(?:UPD)?)(?:-[0-9A-Z]{5}){3}-([0-9A-Z]{5})\b"), r"\1-…-\2"),
)
_SIZE, _COUNT = 5 * 1024 * 1024, 5
_SHORTEST = 8  # a shorter slip of the keyboard would blot out half the log
_secrets: set[str] = set()
_short: set[str] = set()


def hide(*secrets: str) -> None:
    """Never let these texts into the log; for secrets without a shape of their own."""
    _secrets.update(secret for secret in secrets if len(secret) >= _SHORTEST)
    _short.update(secret for secret in secrets if 0 < len(secret) < _SHORTEST)


def short_secrets() -> frozenset[str]:
    """Secrets so short that only whole words of a text that leaves this computer are hidden."""
    return frozenset(_short)


def mask(text: str) -> str:
    """The text without keys, coupons, tokens, passwords and permission codes."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return hide_passwords(hide_codes(text, "***"))


class _Masked(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class _Rotating(RotatingFileHandler):
    def doRollover(self) -> None:  # noqa: N802 - the name is logging's
        """Turn over, unless another agent has the file open, which Windows does not forgive."""
        with suppress(PermissionError):
            super().doRollover()


@contextmanager
def written(folder: Path) -> Iterator[None]:
    """Write the agent's log below `folder`; an error on its way out is in it too."""
    handler = _Rotating(
        folder / "agent.log", maxBytes=_SIZE, backupCount=_COUNT - 1, encoding="utf-8"
    )
    handler.setFormatter(_Masked("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("agent")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    except AgentError as error:
        logger.warning("%s: %s", error.code, error.diagnostics("en"))
        raise
    except Exception:
        logger.exception("unexpected")
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()
