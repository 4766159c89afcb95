"""The templates of this server and filling them in; templates are Markdown files beside a list of their placeholders.

Values end up in shell scripts, inside double quotes. So a value holds nothing that a shell acts on there, and what
stands outside of quotes, in titles and headers, is a comment of one line.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.model import Profile

PlaceholderKind: TypeAlias = Literal["text", "path", "pattern", "number"]

_PLACEHOLDER: Final = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")
_KINDS: Final[dict[PlaceholderKind, tuple[re.Pattern[str], str]]] = {
    "text": (
        re.compile(r"""(?!-)[^"'`$\\{}=\x00-\x1f\x7f-\x9f]{1,500}"""),
        "is one line of text without quotes, backslashes, braces, '$', '=' and without a hyphen at its start",
    ),
    "path": (
        re.compile(r"(?!.*(?:^|/)\.\.(?:/|\Z))[A-Za-z0-9._][A-Za-z0-9._/-]{0,1000}"),
        "is a relative path of letters, digits and ._- between slashes, without '..'",
    ),
    "pattern": (
        re.compile(r"(?!.*(?:^|/)\.\.(?:/|\Z))[A-Za-z0-9._*][A-Za-z0-9._/*-]{0,1000}"),
        "is a relative path of letters, digits and ._-* between slashes, without '..'",
    ),
    "number": (re.compile(r"[1-9][0-9]{0,5}"), "is a whole number from 1 on"),
}


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What a template wants to know."""

    name: str
    kind: PlaceholderKind
    description: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template with its placeholders; a filled one passes `profile`."""

    name: str
    title: str
    profile: Profile
    placeholders: tuple[Placeholder, ...]
    text: str


@cache
def templates() -> dict[str, Template]:
    """All templates by name."""
    folder = files(__package__).joinpath("templates")
    table = tomllib.loads(folder.joinpath("templates.toml").read_text(encoding="utf-8"))
    return {
        name: Template(
            name=name,
            title=entry["title"],
            profile=entry["profile"],
            placeholders=tuple(Placeholder(key, **value) for key, value in entry["placeholders"].items()),
            text=folder.joinpath(f"{name}.md").read_text(encoding="utf-8"),
        )
        for name, entry in table.items()
    }


def find_template(name: str) -> Template:
    """A template by its name.

    Raises:
        DomainError: NOT_FOUND, with the names there are.
    """
    known = templates()
    if name not in known:
        raise DomainError("NOT_FOUND", f"there is no template {name!r}", {"templates": sorted(known)})
    return known[name]


def fill(template: Template, values: dict[str, str]) -> tuple[str, list[str]]:
    """The text with the values in their places, and the placeholders that have none.

    Raises:
        DomainError: INVALID_ARGUMENT, a value is for no placeholder or not of its kind.
    """
    kinds = {placeholder.name: placeholder.kind for placeholder in template.placeholders}
    for name, value in values.items():
        if name not in kinds:
            raise DomainError("INVALID_ARGUMENT", f"the template {template.name} has no placeholder {name!r}")
        pattern, sentence = _KINDS[kinds[name]]
        if not pattern.fullmatch(value) or not value.isprintable():
            raise DomainError("INVALID_ARGUMENT", f"the value of {name} {sentence}")
    text = _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template.text)
    return text, [name for name in kinds if name not in values]
