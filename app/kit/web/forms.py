"""Forms: what was posted, the same form again after a refusal, and one act per form."""

import hashlib
import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Self, TypeVar

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from app.kit.db import SessionDep
from app.kit.i18n import N_, Language
from app.kit.idempotency import Claim
from app.kit.lanes import acting, ending
from app.kit.problems import Problem, ValidationFailed
from app.kit.shapes import REQUIRED, is_about_form
from app.kit.signing import lookup_digest
from app.kit.web import flash
from app.kit.web.bodies import ROW, as_text, items_of, require_address, require_text

FIELDS, REFUSED, CLAIM = "fields", "refused", "form_claim"  # members of the request's state
SECRET = frozenset({"otp_code"})
"""Fields that are never put into a page again, beside those whose name ends in `password`."""
_DIGITS = 18
_NOT_A_FORMS = {"AUTH_REQUIRED", "TOKEN_INVALID", "PERMISSION_DENIED", "CSRF_FAILED"}
_BY_A_RULE = {403, 412}
"""What a page answers as 409: it is the form that is refused, not the person."""

T = TypeVar("T")


class FormUsed(Problem):
    """A form that had its effect came again with other values."""

    code, title, status = "FORM_USED", N_("This form was sent before"), 409
    action = "fix_input"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a form in their order, as text; files apart."""

    pairs: Sequence[tuple[str, str]] = ()
    files: Mapping[str, UploadFile] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Sequence[tuple[str, UploadFile | str]]) -> Self:
        """The parts of a body, texts and files apart."""
        files = {name: value for name, value in items if isinstance(value, UploadFile)}
        return cls([(name, value) for name, value in items if isinstance(value, str)], files)

    def text(self, name: str) -> str:
        """The field's last value, or nothing."""
        return next((value for key, value in reversed(self.pairs) if key == name), "")

    def all(self, name: str) -> list[str]:
        """All values of a field that may come several times, the empty ones left out."""
        return [value for key, value in self.pairs if key == name and value.strip()]

    def has(self, name: str) -> bool:
        """Whether the field came at all, as a ticked box does."""
        return any(key == name for key, _ in self.pairs)

    def given(self, *names: str) -> dict[str, str]:
        """Those of the fields that hold something."""
        found = {name: self.text(name) for name in names}
        return {name: value for name, value in found.items() if value.strip()}

    def or_none(self, *names: str) -> dict[str, str | None]:
        """The fields, an empty one as None: the value is taken away."""
        return {name: self.text(name) if self.text(name).strip() else None for name in names}

    def rows(self, prefix: str) -> list[dict[str, list[str]]]:
        """`rows-0-product`, `rows-0-term`, `rows-1-product`, …: one mapping per row, in order."""
        found: dict[int, dict[str, list[str]]] = {}
        for name, value in self.pairs:
            part = ROW.fullmatch(name)
            if part and part[1] == prefix:
                name_in_row = f"{part[3]}-{part[4]}" if part[4] else part[3]
                found.setdefault(int(part[2]), {}).setdefault(name_in_row, []).append(value)
        return [found[number] for number in sorted(found)]

    def own(self, told: Mapping[str, object]) -> dict[str, object]:
        """What the person insists on after a conflict: fields that go to the other are left out."""
        return {k: value for k, value in told.items() if self.text(f"pick-{k}") != "theirs"}

    def version(self) -> int:
        """The row's version that the form was made for; none fits no row."""
        text = self.text("version")
        return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else -1

    def shown(self) -> list[tuple[str, str]]:
        """What may be put into a page again."""
        return [
            (name, value)
            for name, value in self.pairs
            if name not in SECRET and not name.endswith("password")
        ]


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal in the reader's words."""

    title: str
    detail: str
    code: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form on its way into a page: values, errors by field, its one-time id, the row's version.

    After a refusal the values are those that were posted.
    """

    values: Mapping[str, Sequence[str]]
    errors: Mapping[str, str] = field(default_factory=dict)
    refused: Told | None = None
    version: int | None = None
    form_id: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def value(self, name: str) -> str:
        """What stands in the field."""
        found = self.values.get(name, ())
        return found[-1] if found else ""

    def all(self, name: str) -> Sequence[str]:
        """The values of a field that may come several times."""
        return self.values.get(name, ())

    def error(self, name: str) -> str:
        """What is wrong with the field, a message id, or nothing."""
        return self.errors.get(name, "")


@dataclass(frozen=True, slots=True)
class Refused:
    """A POST that was refused, for the page that shows its form again."""

    problem: Problem
    fields: Fields


def refusal(request: Request) -> Refused | None:
    """The refusal that this page is the answer to, if it is one."""
    found: Refused | None = request.scope["state"].get(REFUSED)
    return found


def form(
    request: Request,
    language: Language,
    initial: Mapping[str, object] | None = None,
    *,
    version: int | None = None,
) -> Form:
    """The form of this page: fresh with its first values, or as it was posted and refused."""
    refused = refusal(request)
    if refused is None:
        return Form(_texts(initial or {}), version=version)
    values: dict[str, list[str]] = {}
    for name, value in refused.fields.shown():
        values.setdefault(name, []).append(value)
    problem = refused.problem
    errors = {}
    for error in reversed(problem.errors):
        name = error["pointer"].strip("/").replace("/", "-")
        errors[name] = _at_field(refused.fields, name, error["detail"])
    title = problem.heading(language)
    told = Told(title, _more(problem, language), problem.code)
    return Form(values, dict(reversed(errors.items())), told, version)


def _more(problem: Problem, language: Language) -> str:
    """What the title leaves unsaid; that something is wrong with the input, the page shows."""
    own = problem.detail or problem.step
    if problem.errors or (problem.action == "fix_input" and not own):
        return ""
    return problem.said_to_staff(language)


def _at_field(fields: Fields, name: str, detail: str) -> str:
    """The sentence below a field; an empty one has to be filled in, whatever form it has."""
    empty = fields.has(name) and not any(map(str.strip, fields.all(name)))
    return REQUIRED if empty and is_about_form(detail) else detail


def _texts(values: Mapping[str, object]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for name, value in values.items():
        several = value if isinstance(value, list | tuple | set | frozenset) else [value]
        texts[name] = [str(each) for each in several if each is not None]
    return texts


def tried(act: Callable[[], T]) -> tuple[T | None, ValidationFailed | None]:
    """A shape that may still be unfinished, for pages that show more while somebody types."""
    try:
        return act(), None
    except ValidationFailed as problem:
        return None, problem


class FormRoute(APIRoute):
    """A route of pages: a POST comes with a form, which is read before anything else is."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(path, acting(endpoint), **kwargs)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def with_fields(request: Request) -> Response:
            require_address(request)
            if request.method != "POST":
                return await handle(request)
            request = Request(request.scope, request.receive)
            try:
                items = await items_of(request)
                request.scope["state"][FIELDS] = Fields.of(as_text(items))
                require_text(items)
                response = await handle(request)
                await _end_claim(request)
            except _AlreadyDoneError as done:
                return flash.go(request, done.path, N_("This was done before"), tone="info")
            finally:
                await request.close()  # and with it the files that came along
            return response

        return with_fields


async def _end_claim(request: Request) -> None:
    claim = request.scope["state"].get(CLAIM)
    if claim is not None:
        await ending(claim.end)


def fields_of(request: Request) -> Fields:
    """The fields of a POST; none where it came without a form."""
    found: Fields = request.scope["state"].get(FIELDS, Fields())
    return found


FieldsDep = Annotated[Fields, Depends(fields_of)]


class _AlreadyDoneError(Exception):
    """The form had its effect before."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


@dataclass(frozen=True, slots=True)
class FormClaim:
    """The right of this POST to be the one that has the form's effect."""

    claim: Claim | None
    kept: list[str] = field(default_factory=list)

    def leads_to(self, path: str) -> str:
        """Where the same form sent once more leads to; the path."""
        if self.claim is not None:
            self.claim.keep(303, "text/plain", path.encode())
            self.kept.append(path)
        return path

    def end(self) -> None:
        """What had no effect may be sent again."""
        if self.claim is not None and not self.kept:
            self.claim.drop()


def once(request: Request, session: SessionDep, fields: FieldsDep) -> FormClaim:
    """Claims the form's id for this request, or leads to what the first one made."""
    state = request.scope["state"]
    given = fields.text("form_id")
    if not given:
        return FormClaim(None)
    digest = hashlib.sha256()
    for name, value in fields.pairs:
        digest.update(f"{len(name)} {len(value)} {name}{value}".encode(errors="replace"))
    key = lookup_digest(given).hex()
    principal = f"user:{state['viewer'].actor.id}"  # so a route names its viewer before `OnceDep`
    claim = Claim(session, principal, key, f"POST {request.url.path}", digest.digest())
    if not claim.first():
        kept = claim.kept()
        if kept is None:
            raise FormUsed(N_("Check what the first one did; this one changes nothing"))
        raise _AlreadyDoneError(kept.body.decode())
    made = state[CLAIM] = FormClaim(claim)
    return made


OnceDep = Annotated[FormClaim, Depends(once)]
"""For forms that make something: the second click leads to what the first one made."""


def answered(problem: Problem) -> int:
    """The status of a page that shows a refused form."""
    return 409 if problem.status in _BY_A_RULE else problem.status


class Again(Response):
    """The page of the form's own address once more, with what was posted and why it was refused."""

    def __init__(
        self, request: Request, refused: Refused, otherwise: Callable[[], Response]
    ) -> None:
        super().__init__(status_code=answered(refused.problem))
        told = refused.problem.headers.items()
        self.told = [(name.lower().encode(), value.encode()) for name, value in told]
        self.request, self.refused, self.otherwise = request, refused, otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"][REFUSED] = self.refused  # so that nothing comes here a second time
        inner = {**scope, "method": "GET"}

        async def restated(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:  # noqa: PLR2004 - the page itself
                message["status"] = self.status_code
                message["headers"] = [*message["headers"], *self.told]
            await send(message)

        try:
            await self.request.app.router(inner, _nothing, restated)
        except HTTPException:  # the address has no page: its button stands on another one
            await self.otherwise()(scope, receive, send)
        if self.background is not None:
            await self.background()


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def again(request: Request, problem: Problem, otherwise: Callable[[], Response]) -> Response | None:
    """The form again, if the refusal is about one; `otherwise` makes the page of the refusal."""
    state = request.scope["state"]
    fields = state.get(FIELDS)
    defect = problem.status == 500  # noqa: PLR2004 - nothing that a form could mend
    if fields is None or defect or REFUSED in state or problem.code in _NOT_A_FORMS:
        return None
    return Again(request, Refused(problem, fields), otherwise)


def pointed(problem: ValidationFailed, names: Iterable[str]) -> bool:
    """Whether one of the fields is what is wrong."""
    wrong = {error["pointer"].strip("/").split("/")[0] for error in problem.errors}
    return bool(wrong.intersection(names))
