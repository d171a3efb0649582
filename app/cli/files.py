"""Files that commands are given: texts, JSON and bytes, each within bounds."""

import codecs
import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from app.kit.asgi import BODY_MAX, strict_json
from app.kit.i18n import N_, Sentence
from app.kit.problems import BodyTooLarge, JsonInvalid, Problem, ValidationFailed

M = TypeVar("M", bound=BaseModel)


class FileNotJson(Problem):
    """A file that should hold JSON does not."""

    code, title, status = "FILE_NOT_JSON", N_("{file} is no valid JSON: {place}"), 422
    action, step = "fix_input", N_("Mend the file and try again")


def place_in(data: bytes) -> Sentence:
    """Where the grammar of JSON breaks; its other faults have no single place."""
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        line, column = error.lineno, error.colno
        return Sentence(f"строка {line}, столбец {column}", f"line {line}, column {column}")
    except (ValueError, RecursionError):
        pass
    return Sentence(
        "нужны UTF-8, числа без NaN, вложенность до 64",
        "UTF-8 is expected, no NaN, at most 64 levels deep",
    )


def read_at_most(path: Path, limit: int) -> bytes:
    """The bytes of a file, or the refusal that it is larger than `limit` bytes."""
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise BodyTooLarge(max=limit)
    return data


def read_text(path: Path) -> str:
    """A text in UTF-8, with or without the mark that Windows' editors put in front."""
    data = read_at_most(path, BODY_MAX).removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        why = Sentence(f"{path.name}: текст не в UTF-8", f"{path.name}: the text is not UTF-8")
        raise ValidationFailed("{why}", why=why) from None


def read_json(path: Path, model: type[M], limit: int = BODY_MAX) -> M:
    """A JSON document that has the shape of the model, and no member that it does not know."""
    data = read_at_most(path, limit).removeprefix(codecs.BOM_UTF8)
    try:
        document = strict_json(data)
    except JsonInvalid:
        raise FileNotJson(file=path.name, place=place_in(data)) from None
    try:  # in a file a mistyped name is a condition lost, and a release offered to everybody
        return model.model_validate(document, extra="forbid")
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        problem = ValidationFailed.of(found)
        problem.params["file"] = path.name
        raise problem from None
