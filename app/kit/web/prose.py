"""Texts that people write in a subset of Markdown, as HTML without anything else in it."""

from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict

_RULES: Final = ("list", "emphasis", "backticks", "fence", "link", "escape", "newline")
_OUTWARD: Final = {"rel": "nofollow noopener noreferrer"}


def prose(text: str) -> Markup:
    """Paragraphs, lists, bold, italics, code and https links; all else is text, escaped once."""
    return Markup(_parser().render(text))  # noqa: S704 - the parser escapes whatever is no rule


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - a server starts without it

    parser = MarkdownIt("zero", {"html": False, "breaks": True}).enable(_RULES)
    parser.validateLink = _is_secure  # type: ignore[method-assign]  # its documented hook
    parser.core.ruler.push("no_empty_links", lambda state: _drop_empty_links(state.tokens))
    parser.add_render_rule("link_open", _link)
    return parser


def _is_secure(url: str) -> bool:
    return url.lower().startswith("https://")


def _drop_empty_links(tokens: Sequence["Token"]) -> None:
    """`[words]()` is a link to the page itself: only its words stay."""
    for token in tokens:
        kept, empty = [], False
        for child in token.children or ():
            if child.type == "link_open" and not child.attrGet("href"):
                empty = True
            elif child.type == "link_close" and empty:
                empty = False
            else:
                kept.append(child)
        if token.children is not None:
            token.children = kept


def _link(
    renderer: "RendererHTML",
    tokens: Sequence["Token"],
    number: int,
    options: "OptionsDict",
    env: MutableMapping[str, Any],
) -> str:
    tokens[number].attrs.update(_OUTWARD)
    return renderer.renderToken(tokens, number, options, env)
