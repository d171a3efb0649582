"""Pages that ask before an act: what it means, what it needs to know, one button."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.kit.web.forms import Form


@dataclass(frozen=True, slots=True)
class Field:
    """Something that the act has to be told; texts are message ids."""

    name: str
    label: str
    kind: Literal["text", "area", "choice"] = "text"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """An act as its page announces it; `{name}` in the title is what it is done to."""

    title: str
    consequence: str
    button: str
    fields: Sequence[Field] = ()
    danger: bool = False
    tone: Literal["warn", "info"] = "warn"

    def context(self, form: Form, name: str, back: str) -> dict[str, object]:
        """What the template needs."""
        labels = {field.name: field.label for field in self.fields}
        return {"act": self, "form": form, "labels": labels, "name": name, "back": back}
