"""What is shared by all parts of the settings: their fields, their page, what a change leads to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Request, Response

from app.accounts.models import Vendor
from app.accounts.schemas import Permission
from app.cabinet.auth import Signed, Viewer
from app.cabinet.templates import page
from app.cabinet.zones import zones
from app.kit.db import KitSession
from app.kit.i18n import N_, Language, translate
from app.kit.web.forms import Fields, form

Manager = Annotated[Viewer, Depends(Signed(Permission.SETTINGS_MANAGE))]
PATH: Final = "/cabinet/settings"
_OWN: Final = {"form_id", "vendor_id", "version", "sure"}
"""Fields of the form itself, and not of what it is about."""
TITLES: Final = {
    "general": N_("General"),
    "keys": N_("Keys and coupons"),
    "security": N_("Security"),
    "mail": N_("Mail"),
    "retention": N_("Retention"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of a part; texts are message ids."""

    name: str
    label: str
    kind: Literal["line", "number", "tick", "language", "zone"] = "number"
    hint: str = ""
    required: bool = True

    def told(self, fields: Fields) -> object:
        """What was posted; an empty field that may be empty is None."""
        if self.kind == "tick":
            return fields.has(self.name)
        text = fields.text(self.name)
        return text if self.required or text.strip() else None


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is going to change, as both values are shown."""

    label: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change leads to, and how many of a kind it befalls."""

    text: str
    kind: Literal["", "seats", "people", "records"] = ""
    number: int = 0


Consequences = Callable[[KitSession, Vendor, Mapping[str, Any]], Sequence[Consequence]]


@dataclass(frozen=True, slots=True)
class Part:
    """A page of the settings; `leads_to` tells what has to be confirmed before it is kept."""

    name: str
    settings: Sequence[Setting]
    intro: str = ""
    fixed: Mapping[str, str] | None = None
    """What is shown and never changes: label by attribute of the vendor."""
    leads_to: Consequences = lambda _session, _vendor, _wish: ()

    @property
    def labels(self) -> dict[str, str]:
        """By the names of the fields."""
        return {setting.name: setting.label for setting in self.settings}

    def translated(self, language: Language) -> dict[str, str]:
        """The same in the reader's language."""
        return {name: translate(label, language) for name, label in self.labels.items()}

    def told(self, fields: Fields) -> dict[str, object]:
        """What was posted."""
        return {each.name: each.told(fields) for each in self.settings}


def shown(value: object) -> object:
    """A value as it stands in a field."""
    return {True: "on", False: ""}[value] if isinstance(value, bool) else value


def show(
    request: Request,
    viewer: Viewer,
    part: Part,
    now: Mapping[str, object],
    version: int,
    **more: object,
) -> Response:
    """The page of a part, filled with what is kept or with what was posted and refused."""
    values = {name: shown(value) for name, value in now.items()}
    context = {
        "part": part,
        "titles": TITLES,
        "now": values,
        "form": form(request, viewer.locale, values, version=version),
        "zones": zones(request.app.state.kit.clock(), viewer.locale),
    }
    return page(request, viewer, f"cabinet/settings/{_template(part)}.html", context | more)


def _template(part: Part) -> str:
    return "mail" if part.name == "mail" else "part"


def confirm(
    request: Request,
    viewer: Viewer,
    part: Part,
    changes: Sequence[Change],
    consequences: Sequence[Consequence],
    fields: Fields,
) -> Response:
    """What the change leads to, and one button that sends the same fields again."""
    context = {
        "part": part,
        "titles": TITLES,
        "changes": changes,
        "consequences": consequences,
        "kept": [(name, value) for name, value in fields.shown() if name not in _OWN],
        "form": form(request, viewer.locale, version=fields.version()),
    }
    return page(request, viewer, "cabinet/settings/confirm.html", context)


def changes_of(
    part: Part, now: Mapping[str, object], wish: Mapping[str, object]
) -> Sequence[Change]:
    """The fields that differ, in the order of the page."""
    labels = part.labels
    return [
        Change(labels[name], now[name], wish[name])
        for name in labels
        if name in wish and now.get(name) != wish[name]
    ]
