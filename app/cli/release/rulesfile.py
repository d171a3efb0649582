"""Files of rules: ours, and the list that MIKO's cabinet keeps."""

from pathlib import Path

from pydantic import ValidationError

from app.catalog.schemas.rules import RuleRow, RuleSet
from app.catalog.schemas.rulesets import plain_list, read_miko_list
from app.cli.files import FileNotJson, place_in, read_json, read_text
from app.kit.i18n import N_
from app.kit.problems import JsonInvalid, Problem, ValidationFailed

_MIKO = N_("{file} is MIKO's list: add `--miko`")


def read_rules(path: Path, *, miko: bool) -> list[RuleRow]:
    """The rules of a file, with the place of what is wrong with it."""
    if miko:
        return _miko(path)
    try:
        return read_json(path, RuleSet).rules
    except (FileNotJson, ValidationFailed) as refused:
        if _is_miko(path):
            raise ValidationFailed(_MIKO, file=path.name) from None
        raise refused from None


def _miko(path: Path) -> list[RuleRow]:
    text = read_text(path)
    try:
        return read_miko_list(text)
    except JsonInvalid:
        raise FileNotJson(file=path.name, place=place_in(plain_list(text).encode())) from None
    except ValidationError as error:
        problem = ValidationFailed.of(error.errors(include_input=False, include_url=False))
        problem.params["file"] = path.name
        raise problem from None


def _is_miko(path: Path) -> bool:
    try:
        return bool(_miko(path))
    except Problem:
        return False
