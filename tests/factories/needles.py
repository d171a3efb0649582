"""Looks for many secrets in a large text at once, however they are written there."""

import base64
import re
from collections.abc import Iterable, Iterator

WINDOW = 11
"""Symbols of a secret in a row that nobody meets by chance; a hint shows five."""
HEX = re.compile("[0-9a-f]+")


def plain(secret: str) -> str:
    """What is random in a secret, without the dashes that people read it by."""
    if secret.startswith("pk"):
        return secret[4:]  # its own dashes are symbols like others
    body = secret.partition("-")[2] or secret
    return body.replace("-", "").replace(" ", "")


def forms(secret: str) -> Iterator[str]:
    """A secret as texts, logs and dumps of bytes may hold it."""
    for text in {secret.partition("-")[2] if "-" in secret[:9] else secret, plain(secret)}:
        yield text
        yield text.encode().hex()
        for shift in range(3):  # where in its group of three bytes the secret begins
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                yield encode(bytes(shift) + text.encode()).decode()[4:-4]


def windows(text: str, length: int = WINDOW) -> Iterator[str]:
    """Every piece of a text, in lower case."""
    text = text.lower()
    return (text[at : at + length] for at in range(len(text) - length + 1))


def pieces(form: str) -> Iterator[str]:
    """What of one form to look for: a hexadecimal digit tells less than other symbols do."""
    return windows(form, 2 * WINDOW if HEX.fullmatch(form) else WINDOW)


class Search:
    """All pieces of all forms of the secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self.pieces = {
            piece: secret for secret in secrets for form in forms(secret) for piece in pieces(form)
        }

    def found(self, text: str) -> set[str]:
        """The secrets of which the text holds a piece."""
        return {
            self.pieces[piece]
            for length in (WINDOW, 2 * WINDOW)
            for piece in windows(text, length)
            if piece in self.pieces
        }
