"""The forms of a page as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

TEXTS = ("text", "search", "email", "tel", "url", "password", "date", "number")


@dataclass
class FormMarkup:
    """A form of a page: where it goes, what it would send untouched, what people type into."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)

    def goes(self, path: str) -> str:
        """Where it is sent from a page of this path, both without `/cabinet`."""
        return self.action.removeprefix("/cabinet") or path

    def sent(self, **changes: str) -> dict[str, list[str]]:
        """Every field, those of `changes` with another text."""
        found: dict[str, list[str]] = {}
        for name, value in self.fields:
            found.setdefault(name, []).append(value)
        return found | {name: [text] for name, text in changes.items()}


class _Reader(HTMLParser):
    """Collects the posting forms of `main`; of several buttons the first one is pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormMarkup] = []
        self._form: FormMarkup | None = None
        self._area = self._select = ""
        self._pressed = self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._inside |= tag == "main"
        if tag == "form" and self._inside and told.get("method") == "post":
            self._form, self._pressed = FormMarkup(told.get("action", "")), False
            self.forms.append(self._form)
        elif self._form is not None and tag in {"input", "textarea", "select", "button", "option"}:
            getattr(self, f"_{tag}_begins")(told, self._form)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.fields[-1] = (self._area, data.removeprefix("\n"))

    def _input_begins(self, told: dict[str, str], form: FormMarkup) -> None:
        kind, name = told.get("type", "text"), told.get("name", "")
        if kind in TEXTS:
            form.typed.append(name)
        if kind not in {"file", "radio", "checkbox"} or "checked" in told:
            form.fields.append((name, told.get("value", "")))

    def _textarea_begins(self, told: dict[str, str], form: FormMarkup) -> None:
        self._area = told["name"]
        form.typed.append(self._area)
        form.fields.append((self._area, ""))

    def _select_begins(self, told: dict[str, str], form: FormMarkup) -> None:
        self._select = told["name"]
        form.fields.append((self._select, ""))

    def _option_begins(self, told: dict[str, str], form: FormMarkup) -> None:
        if "selected" in told or not form.fields[-1][1]:
            form.fields[-1] = (self._select, told.get("value", ""))

    def _button_begins(self, told: dict[str, str], form: FormMarkup) -> None:
        if told.get("name") and not self._pressed:
            form.fields.append((told["name"], told.get("value", "")))
        self._pressed = True


def forms_of(page: str) -> list[FormMarkup]:
    """The posting forms of a page's own part, the header left out."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms
