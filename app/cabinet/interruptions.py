"""What comes before a page may open: signing in, a second factor, a fresh code."""

from app.accounts.service.viewers import Viewer

Carried = tuple[tuple[str, str], ...]


class Interruption(Exception):  # noqa: N818 - the request goes on afterwards, nothing failed
    """The request waits; `fields` are what its form held, without what must not be repeated."""

    def __init__(self, fields: Carried = (), viewer: Viewer | None = None) -> None:
        super().__init__()
        self.fields, self.viewer = fields, viewer


class SignInFirst(Interruption):
    """Nobody is signed in; a form that was sent is carried through."""


class CodeFirst(Interruption):
    """The password was right, the code is still to come."""


class NothingFirst(Interruption):
    """Both steps of signing in are done; there is no third."""


class SecondFactorFirst(Interruption):
    """The role opens nothing before a second factor is set up."""


class FreshCodeFirst(Interruption):
    """A dangerous act: the page asks for a code, carries the fields and goes on."""

    def __init__(self, fields: Carried, viewer: Viewer, *, wrong: Exception | None = None) -> None:
        super().__init__(fields, viewer)
        self.wrong = wrong
        """Why the code that came with the form did not do."""
