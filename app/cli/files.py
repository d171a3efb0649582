"""Files that commands are given: texts, JSON and bytes, each within bounds."""

import codecs
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from app.kit.asgi import BODY_MAX, strict_json
from app.kit.i18n import Sentence
from app.kit.problems import BodyTooLarge, JsonInvalid, ValidationFailed, command

M = TypeVar("M", bound=BaseModel)


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
        why = Sentence(f"Файл {path.name}", f"File {path.name}")
        raise JsonInvalid("{why}", why=why) from None
    command(model, document)
    try:  # in a file a mistyped name is a condition lost, and a release offered to everybody
        return model.model_validate(document, extra="forbid")
    except ValidationError as error:
        raise ValidationFailed.of(error.errors(include_input=False, include_url=False)) from None
