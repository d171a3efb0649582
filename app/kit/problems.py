"""Refusals as data: the base of every error that a person or a program may see (RFC 9457)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from itertools import islice
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ValidationError

from app.kit.clock import rfc3339
from app.kit.fields import FORMS
from app.kit.i18n import N_, Language, Sentence, fill, in_words, translate
from app.kit.shapes import shape_text
from onec.reasons import Action, hint

MAX_ERRORS = 20
FOR_STAFF = frozenset({"fix_input", "sign_in", "release_seat", "retry", "wait", "refresh"})


class Problem(Exception):  # noqa: N818 - a fact is refused, nothing failed
    """A verb that could not be done, with a stable code, an HTTP status and both languages.

    `detail` is an English message id with the same `params`; `denied` is the audit event that
    has to outlive the rollback.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    status: ClassVar[int] = 400
    action: ClassVar[str] = "none"
    step: ClassVar[str] = ""
    """The next step as a message id, where no action of the closed list says it."""
    headers: Mapping[str, str]

    def __init__(self, detail: str = "", *, denied: object = None, **params: object) -> None:
        super().__init__(self.code)
        self.detail, self.denied, self.params = detail, denied, params
        self.headers = {}
        self.errors: list[dict[str, str]] = []

    @classmethod
    def slug(cls) -> str:
        """The last part of the problem's type URI."""
        return cls.code.lower().replace("_", "-")

    def heading(self, language: Language) -> str:
        """The title on a page."""
        return fill(self.title, language, self.params)

    def said(self, language: Language) -> str:
        """What is special about this case, or else the next step."""
        detail = fill(self.detail or self.step, language, self.params)
        return detail or hint(Action(self.action), language)

    def said_to_staff(self, language: Language) -> str:
        """The same for the vendor's own people: nobody sends them to the vendor."""
        for_staff = self.detail or self.step or self.action in FOR_STAFF
        return self.said(language) if for_staff else ""

    def document(self, language: Language) -> dict[str, object]:
        """The members that do not depend on the request."""
        document: dict[str, object] = {
            "title": fill(self.title, language, self.params),
            "status": self.status,
            "detail": self.said(language),
            "code": self.code,
            "action": self.action,
            "params": {name: plain(value) for name, value in self.params.items()},
        }
        if self.errors:
            document["errors"] = [
                {**error, "detail": translate(error["detail"], language)} for error in self.errors
            ]
        return document


def plain(value: object) -> object:
    """A value as JSON can carry it: instants and dates as text, ids as text, lists of the same."""
    match value:
        case None | bool() | int() | float() | str():
            result: object = value
        case Sentence():
            result = {"ru": value.ru, "en": value.en}
        case datetime():
            result = rfc3339(value)
        case date():
            result = value.isoformat()
        case Mapping():
            result = {str(key): plain(item) for key, item in value.items()}
        case Iterable():
            result = [plain(item) for item in value]
        case _:
            result = str(value)
    return result


class JsonInvalid(Problem):
    """The body is no JSON text, or one that no honest client sends (NaN, endless nesting)."""

    code, title, status, action = "JSON_INVALID", N_("The body is not valid JSON"), 400, "fix_input"


class AuthRequired(Problem):
    """No credential was given."""

    code, title, status = "AUTH_REQUIRED", N_("Authentication required"), 401
    action = "sign_in"


class TokenInvalid(Problem):
    """The credential is unknown, or of a kind that this route does not take."""

    code, title, status = "TOKEN_INVALID", N_("The token is not valid"), 401
    action = "sign_in"


class CsrfFailed(Problem):
    """A browser sent it because a page of somebody else's told it to."""

    code, status, action = "CSRF_FAILED", 403, "retry"
    title = N_("The request did not come from this site")


class NotFound(Problem):
    """Absent, or not yours: both look the same."""

    code, title, status = "NOT_FOUND", N_("Not found"), 404


class MethodNotAllowed(Problem):
    """The path exists, the method does not."""

    code, title, status = "METHOD_NOT_ALLOWED", N_("Method not allowed"), 405
    action = "fix_input"


class Conflict(Problem):
    """Somebody else changed the data first."""

    code, title, status, action = "CONFLICT", N_("The data changed, try again"), 409, "retry"


class PreconditionFailed(Problem):
    """Somebody changed the record since it was read."""

    code, title, status = "PRECONDITION_FAILED", N_("Someone else changed this record"), 412
    action = "refresh"


class PreconditionRequired(Problem):
    """A change has to name the version that it builds on."""

    code, title, status = "PRECONDITION_REQUIRED", N_("If-Match is required"), 428
    action = "refresh"


class InUse(Problem):
    """Something else still needs it."""

    code, title, status = "IN_USE", N_("In use: {where}"), 409


class SecretExpired(Problem):
    """The codes of a batch are shown again for a day only."""

    code, status = "SECRET_EXPIRED", 410
    title = N_("24 hours have passed; codes are now revealed one at a time")


class SecretUnreadable(Problem):
    """The sealed copy was made under a MASTER that is no longer there; the code itself works."""

    code, status = "SECRET_UNREADABLE", 409
    title = N_("The sealed copy of the code does not open; the code can only be replaced")


class LengthRequired(Problem):
    """An upload says beforehand how long it is."""

    code, title, status = "LENGTH_REQUIRED", N_("Content-Length is required"), 411
    action = "fix_input"


class BodyTooLarge(Problem):
    """The body is larger than the limit; nothing of it was read further."""

    code, title, status = "BODY_TOO_LARGE", N_("The body is too large, limit {max}"), 413
    action = "fix_input"


class UrlTooLong(Problem):
    """The path and the query together are longer than the limit, in bytes."""

    code, title, status = "URL_TOO_LONG", N_("The address is too long, limit {max}"), 414
    action = "fix_input"


class UnsupportedMedia(Problem):
    """The route takes another content type."""

    code, title, status = "UNSUPPORTED_MEDIA", N_("Unsupported content type"), 415
    action = "fix_input"


class ValidationFailed(Problem):
    """The shape is wrong; `errors` names the fields, never their values."""

    code, title, status, action = "VALIDATION_FAILED", N_("Check the fields"), 422, "fix_input"

    @classmethod
    def of(cls, errors: Iterable[Mapping[str, object]]) -> "ValidationFailed":
        """From pydantic's list of errors, at most twenty, without anything that was sent."""
        problem = cls()
        problem.errors = [_field_error(error) for error in islice(errors, MAX_ERRORS)]
        return problem

    @classmethod
    def at(cls, faults: Mapping[str, tuple[str, str]]) -> "ValidationFailed":
        """From our own findings: by JSON pointer, a code and an English message id."""
        problem = cls()
        problem.errors = [
            {"pointer": pointer, "code": code, "detail": detail}
            for pointer, (code, detail) in islice(faults.items(), MAX_ERRORS)
        ]
        return problem


class InternalError(Problem):
    """A defect of ours; the request id finds it in the log."""

    code, title, status = "INTERNAL_ERROR", N_("Internal error {request_id}"), 500
    action = "contact_vendor"


class RetryLater(Problem):
    """The base of refusals that pass: `n` is the seconds to wait, in the text and the header."""

    def __init__(self, detail: str = "", *, denied: object = None, **params: object) -> None:
        seconds = params.setdefault("n", 1)
        super().__init__(detail, denied=denied, **params)
        self.headers = {"Retry-After": str(seconds)}


class RateLimited(RetryLater):
    """Too many failures from this network, key or account; what is right still passes."""

    code, title, status = "RATE_LIMITED", N_("Too many attempts, retry in {n} s"), 429
    action = "wait"

    def heading(self, language: Language) -> str:
        """People read minutes, programs count seconds."""
        wait = in_words(int(str(self.params["n"])), language)
        return fill(N_("Too many attempts. Repeat in {wait}"), language, {"wait": wait})


class IdempotencyInProgress(RetryLater):
    """The first request with this Idempotency-Key is still being served."""

    code, title = "IDEMPOTENCY_IN_PROGRESS", N_("The same request is in progress")
    status, action = 409, "retry"


class IdempotencyMismatch(Problem):
    """The Idempotency-Key came with another path or body before."""

    code, status, action = "IDEMPOTENCY_MISMATCH", 422, "fix_input"
    title = N_("Idempotency-Key was used with another request")


class DatabaseUnavailable(RetryLater):
    """No connection to the database; what was not acknowledged was not done."""

    code, title = "DATABASE_UNAVAILABLE", N_("The database is unavailable. Retry in {n} s")
    status, action = 503, "retry"


class Busy(RetryLater):
    """A lock, a deadlock or a full pool; the whole request may be repeated."""

    code, title = "BUSY", N_("The server is busy. Retry in {n} s")
    status, action = 503, "retry"


class DiskFull(Problem):
    """No room for a file; nothing half-written stays."""

    code, title, status = "DISK_FULL", N_("The server is out of disk space"), 507
    action = "contact_vendor"


class StorageUnavailable(RetryLater):
    """The store of files does not answer or meets an error; nothing half-written stays."""

    code, title = "STORAGE_UNAVAILABLE", N_("The file storage is unavailable. Retry in {n} s")
    status, action = 503, "retry"

    @property
    def why(self) -> str:
        """What the medium said: for the log and the operator, never for whoever asked."""
        return str(self.__cause__ or "")


ANY_TIME = (InternalError, Busy, DatabaseUnavailable)
"""What every route may answer."""
BAD_BODY = (JsonInvalid, BodyTooLarge, UnsupportedMedia, ValidationFailed)
"""What every route that takes JSON may answer to it."""


def _field_error(error: Mapping[str, object]) -> dict[str, str]:
    location = error.get("loc", ())
    parts = [str(part) for part in location] if isinstance(location, tuple) else []
    if parts and parts[0] == "body":
        parts = parts[1:]
    error_type, ctx = str(error.get("type", "")), error.get("ctx")
    if error_type == "extra_forbidden" and parts:
        parts[-1] = "?"  # the name of an unknown field is input too
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
    own = isinstance(ctx, Mapping) and ctx.get("own") is True
    told = FORMS.get(str(ctx.get("pattern"))) if isinstance(ctx, Mapping) else None
    detail = str(error.get("msg")) if own else told or shape_text(error_type)
    return {"pointer": pointer, "code": error_type, "detail": detail}


def all_problems() -> list[type[Problem]]:
    """Every refusal that the loaded code can raise, by code."""
    found: dict[str, type[Problem]] = {}
    open_ends = [Problem]
    while open_ends:
        for kind in open_ends.pop().__subclasses__():
            open_ends.append(kind)
            if "code" in vars(kind):
                found[kind.code] = kind
    return [found[code] for code in sorted(found)]


M = TypeVar("M", bound=BaseModel)


def command(model: type[M], source: object = None, **extra: object) -> M:
    """Builds a verb's command from a message or a mapping; a wrong shape is VALIDATION_FAILED."""
    values: dict[str, object] = {}
    if isinstance(source, Mapping):
        values.update(source)
    elif is_dataclass(source) and not isinstance(source, type):
        values.update(asdict(source))
    try:
        return model.model_validate(values | extra)
    except ValidationError as error:
        raise ValidationFailed.of(error.errors(include_input=False, include_url=False)) from None


def problems(
    *classes: type[Problem], again: type[object] | None = None
) -> dict[int | str, dict[str, object]]:
    """The OpenAPI answers of a route for the problems it may raise, with an example of each.

    `again` is the answer, with 200, to a request whose effect was there before, or is only tried.
    """
    answers: dict[int | str, dict[str, object]] = {200: {"model": again}} if again else {}
    for problem in classes:
        answer = answers.setdefault(
            problem.status,
            {"description": "", "content": {"application/problem+json": {"examples": {}}}},
        )
        answer["description"] = ", ".join(filter(None, [str(answer["description"]), problem.code]))
        content = answer["content"]
        assert isinstance(content, dict)  # noqa: S101 - built three lines above
        media = content["application/problem+json"]
        media["schema"] = {"$ref": "#/components/schemas/ProblemDocument"}
        media["examples"][problem.code] = {"value": _example(problem)}
    return answers


def _example(problem: type[Problem]) -> dict[str, object]:
    return {
        "type": f"/problems/{problem.slug()}",
        **problem().document("ru"),
        "instance": "/api/v1/…",
        "request_id": "7f2c91e04b5d",
    }
