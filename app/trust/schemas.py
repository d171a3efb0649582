"""Documents of ceremonies: what travels between the server, ROOT's medium and the vendor."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.kit.fields import Line

Document = dict[str, Any]
"""A file of TUF, parsed."""
Hex = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2})*$", max_length=256)]
RepositoryId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]


class KeyRole(StrEnum):
    """What a key of a repository signs; ROOT is never on a server."""

    ONLINE = "online"
    RELEASE = "release"


class _Paper(BaseModel):
    model_config = ConfigDict(extra="forbid")

    v: Literal[1] = 1
    repository: RepositoryId
    vendor: Line


class KeyOffer(BaseModel):
    """A public key with the proof that whoever offers it can sign by it."""

    model_config = ConfigDict(extra="forbid")

    role: KeyRole
    public: Hex
    proof: Hex


class Standing(BaseModel):
    """What the server has published: the root, and where it delegates to."""

    model_config = ConfigDict(extra="forbid")

    root: Document
    targets: Document


class TrustRequest(_Paper):
    """Asks ROOT for its signature: the first one, or one over other keys or dates.

    `releases` are the present ones under a new version, for the vendor's own key to sign.
    """

    format: Literal["podkluch-trust-request"] = "podkluch-trust-request"
    challenge: Hex
    keys: Annotated[list[KeyOffer], Field(max_length=2)] = []
    standing: Standing | None = None
    releases: Document | None = None


class TrustBundle(_Paper):
    """What ROOT signed: roots that the server does not have, and where the last one delegates."""

    format: Literal["podkluch-trust-bundle"] = "podkluch-trust-bundle"
    keys: Annotated[list[KeyOffer], Field(max_length=2)] = []
    roots: Annotated[list[Document], Field(min_length=1, max_length=256)]
    targets: Document
    releases: Document | None = None


class ReleasesDraft(_Paper):
    """Releases for the vendor's own key to sign, and those that are published now.

    Signed, it has a signature in `releases`.
    """

    format: Literal["podkluch-releases"] = "podkluch-releases"
    published: Document
    releases: Document
