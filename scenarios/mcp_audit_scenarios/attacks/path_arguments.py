"""Arguments of tools that take paths, by what their schemas say.

A tool that may write, move or delete is kept apart: what only reads may be handed any path, the others may not.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.model import JsonObject

from ..arguments import valid_arguments


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PATH_WORDS: Final = _words_of(
    "path paths file files filename filenames filepath filepaths dir directory directories folder"
)
_PLACES: Final = _words_of("root uri repo repository workspace cwd")
_HOLDERS: Final = _words_of("root directory dir folder repo repository base workspace cwd")
"""Words for the argument in which a path of another argument lies."""
_SAID: Final = re.compile(r"\b(path|file ?name|directory|folder)s?\b", re.IGNORECASE)
_NO_PATHS: Final = _words_of("url urls query content contents text pattern regex glob name title message")
_NO_FORMATS: Final = _words_of("uri url date date-time email")
_MAKING: Final = _words_of("write create save store put make mkdir touch init upload export render append")
_WRITING: Final = _MAKING | _words_of(
    "add insert update edit modify set patch replace generate delete remove rm unlink clear reset move rename copy"
    " commit checkout merge push stage run exec execute call install import start cancel format"
)
_CONTENTS: Final = _words_of("content contents text data body")
_PERMISSIVE: Final = _words_of("allow force overwrite parents create")
_CONFINED: Final = re.compile(
    r"\b(allowed|permitted|configured|within|inside|sandbox(ed)?|workspace|confined|restricted|roots?)\b", re.IGNORECASE
)


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in any of the usual spellings, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


@dataclass(frozen=True, slots=True)
class PathArgument:
    """An argument of a tool that takes a path, or a list of them."""

    tool: JsonObject
    name: str
    many: bool = False

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"tool:{self.tool['name']}"

    @property
    def confined(self) -> bool:
        """Whether the tool says that its paths are limited to some place."""
        field = _properties(self.tool).get(self.name)
        said = (self.tool.get("description"), field.get("description") if isinstance(field, dict) else "")
        return any(isinstance(text, str) and _CONFINED.search(text) for text in said)

    def arguments(self, value: str, directory: str = "") -> JsonObject:
        """Return the arguments of a call with a path; another one that says where it lies gets `directory`."""
        plain = valid_arguments(self.tool.get("inputSchema"))
        if directory:
            plain |= {name: directory for name in plain if name != self.name and _HOLDERS & {*words(name)}}
        return {**plain, self.name: [value] if self.many else value}

    def writing(self, value: str) -> JsonObject:
        """Return the arguments of a call that writes: switches that permit it are on, and it has something to write."""
        properties = _properties(self.tool)
        switches = {name: True for name in properties if words(name)[:1] and words(name)[0] in _PERMISSIVE}
        contents = {name: "mcp-audit" for name in properties if _CONTENTS & {*words(name)[-1:]} and name != self.name}
        on = {name: value for name, value in switches.items() if _of_type(properties[name], "boolean")}
        texts = {name: value for name, value in contents.items() if _of_type(properties[name], "string")}
        return {**self.arguments(value), **on, **texts}


def readers(tools: Iterable[JsonObject]) -> list[PathArgument]:
    """Return the path arguments of tools that only read, those first that are surely a path."""
    return _ranked(argument for tool in tools if _reads(tool) for argument in path_arguments(tool))


def writers(tools: Iterable[JsonObject]) -> list[PathArgument]:
    """Return the path arguments of tools that make files or directories."""
    making = (tool for tool in tools if _MAKING & {*words(str(tool.get("name")))})
    return _ranked(argument for tool in making for argument in path_arguments(tool))


def path_arguments(tool: JsonObject) -> Iterator[PathArgument]:
    """Yield the arguments of a tool that take a path."""
    for name, field in _properties(tool).items():
        if not isinstance(field, dict) or {"enum", "const"} & field.keys():
            continue
        items = field.get("items")
        many = _of_type(field, "array") and isinstance(items, dict) and _of_type(items, "string")
        if (many or _of_type(field, "string")) and _takes_path(name, field):
            yield PathArgument(tool, str(name), many)


def _ranked(arguments: Iterable[PathArgument]) -> list[PathArgument]:
    def rank(argument: PathArgument) -> int:
        spelt = PATH_WORDS & {*words(argument.name)}
        opens = {"read", "file", "open", "cat"} & {*words(str(argument.tool.get("name")))}
        return (0 if spelt else 2) + (0 if opens else 1)

    return sorted(arguments, key=rank)


def _takes_path(name: object, field: JsonObject) -> bool:
    spelt = words(str(name))
    if _NO_PATHS & {*spelt[-1:]} or field.get("format") in _NO_FORMATS:
        return bool(spelt[-1:] == ("uri",))
    said = field.get("description")
    return bool((PATH_WORDS | _PLACES) & {*spelt}) or (isinstance(said, str) and _SAID.search(said) is not None)


def _reads(tool: JsonObject) -> bool:
    annotations = tool.get("annotations")
    hints: JsonObject = annotations if isinstance(annotations, dict) else {}
    if hints.get("readOnlyHint") is True:
        return hints.get("destructiveHint") is not True
    return not _WRITING & {*words(str(tool.get("name")))} and hints.get("readOnlyHint") is not False


def _properties(tool: JsonObject) -> JsonObject:
    schema = tool.get("inputSchema")
    properties: Any = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def _of_type(field: object, kind: str) -> bool:
    """Whether a schema asks for a type, also as one of several."""
    if not isinstance(field, dict):
        return False
    said = field.get("type")
    if said == kind or (isinstance(said, list) and kind in said):
        return True
    choices = field.get("anyOf") or field.get("oneOf")
    return isinstance(choices, list) and any(_of_type(choice, kind) for choice in choices)
