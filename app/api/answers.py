"""What answers to programs have in common: pages of a list, the tag of a single resource."""

from collections.abc import Callable
from typing import Generic, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from app.accounts.service.tokens import Principal
from app.api.auth import sees_contacts
from app.customers.schemas import CONTACTS
from app.kit.paging import CursorInvalid, Rows
from app.kit.problems import (
    BodyTooLarge,
    JsonInvalid,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    UnsupportedMedia,
    ValidationFailed,
)

R = TypeVar("R")
V = TypeVar("V", bound=BaseModel)


LIST_REFUSALS: tuple[type[Problem], ...] = (CursorInvalid, ValidationFailed)
BODY_REFUSALS: tuple[type[Problem], ...] = (
    JsonInvalid,
    BodyTooLarge,
    UnsupportedMedia,
    ValidationFailed,
)
CHANGE_REFUSALS: tuple[type[Problem], ...] = (
    *BODY_REFUSALS,
    PreconditionRequired,
    PreconditionFailed,
)


class Listed(BaseModel, Generic[V]):
    """A page; `next_cursor` is null on the last one."""

    data: list[V]
    next_cursor: str | None


def listed(
    request: Request, response: Response, found: Rows[R], view: Callable[[R], V]
) -> Listed[V]:
    """The page with a link to the next one (RFC 8288)."""
    if found.next_cursor is not None:
        link_next(request, response, cursor=found.next_cursor)
    return Listed(data=[view(row) for row in found.rows], next_cursor=found.next_cursor)


def link_next(request: Request, response: Response, **changed: object) -> None:
    """Links the same question with some parameters changed."""
    url = request.url.include_query_params(**changed)
    response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'


def tag(response: Response, row_version: int) -> None:
    """The strong tag that a change of the resource has to name."""
    response.headers["ETag"] = f'"{row_version}"'


def as_seen_by(caller: Principal, view: V) -> V:
    """The view without contacts for those who may not see them."""
    if sees_contacts(caller):
        return view
    return view.model_copy(update=dict.fromkeys(CONTACTS & type(view).model_fields.keys()))
