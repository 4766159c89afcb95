"""What arguments of tools are for, by what their schemas say: plain texts, addresses, queries, identifiers, code."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, TypeAlias

from mcp_audit_harness.model import JsonObject

from .path_arguments import PathArgument, path_arguments, words


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


_ADDRESS_FORMATS: Final = frozenset({"uri", "url", "iri", "uri-reference"})
_ADDRESS_WORDS: Final = words_of("url urls uri link links href endpoint webhook callback feed site website address")
_ADDRESS_SAID: Final = re.compile(r"\b(URLs?|https?:|web ?page|webhook)", re.IGNORECASE)
_QUERY_WORDS: Final = words_of(
    "query q search filter where sql term terms keyword keywords condition criteria selector match sort order"
)
_ID_WORDS: Final = words_of("id ids key slug name number code user username account")
_EXPRESSION_WORDS: Final = words_of("expression expr formula calculation equation math condition rule")
_MARKUP_WORDS: Final = words_of("xml svg docx xlsx xhtml rss atom soap wsdl plist markup")
_YAML_WORDS: Final = words_of("yaml yml manifest config configuration")
_CODE_WORDS: Final = words_of("command cmd commands code script snippet program statement sql shell source")
_RUNNING: Final = re.compile(
    r"\b(run|runs|running|execut\w*|eval\w*|interpret\w*|shell|bash|terminal|python|javascript|sql|repl)\b",
    re.IGNORECASE,
)
_TEMPLATING: Final = re.compile(r"\b(template|placeholder|jinja|handlebars|mustache)", re.IGNORECASE)
_FIXED_FORMATS: Final = frozenset({"date", "date-time", "time", "duration", "email", "uuid", "ipv4", "ipv6"})
_READING: Final = words_of(
    "get list search find query read lookup fetch describe show view count select browse check resolve"
)

Wanted: TypeAlias = Callable[["Slot"], bool]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a text in the arguments of a tool."""

    tool: JsonObject
    name: str
    schema: JsonObject
    directory: str = ""
    """What other arguments get that say in which directory or repository to work; empty: the plainest text."""

    @property
    def subject(self) -> str:
        """How findings name the tool."""
        return f"tool:{self.tool['name']}"

    @property
    def label(self) -> str:
        """How messages name the place: the argument, and the tool that it is of."""
        return f"{self.name[:40]!r} of {str(self.tool['name'])[:60]}"

    def arguments(self, value: Any) -> JsonObject:
        """Return the plainest arguments with `value` in this place."""
        return PathArgument(self.tool, self.name).arguments(value, self.directory)

    def call(self, value: Any) -> JsonObject:
        """Return the params of a call with `value` in this place."""
        return {"name": self.tool["name"], "arguments": self.arguments(value)}

    @property
    def said(self) -> str:
        """What the argument says of itself."""
        return " ".join(str(self.schema.get(word, "")) for word in ("title", "description"))

    @property
    def tool_said(self) -> str:
        """What the tool says of itself."""
        name = " ".join(words(str(self.tool["name"])))
        return f"{name} {self.tool.get('title', '')} {self.tool.get('description', '')}"

    def room(self, value: str) -> bool:
        """Whether a text is as short as the schema asks."""
        longest = self.schema.get("maxLength")
        return not isinstance(longest, int) or len(value) <= longest

    def is_named(self, known: frozenset[str]) -> bool:
        """Whether the name has one of the words."""
        return bool(known & {*words(self.name)})

    @property
    def reads(self) -> bool:
        """Whether the tool says that it only reads, by its annotation or by its name."""
        annotations = self.tool.get("annotations")
        hints: JsonObject = annotations if isinstance(annotations, dict) else {}
        if hints.get("readOnlyHint") is not None:
            return hints["readOnlyHint"] is True
        return bool(_READING & {*words(str(self.tool["name"]))})


def slots(tools: Iterable[JsonObject], wanted: Wanted, most: int) -> list[Slot]:
    """Return at most `most` places that are wanted, spread over names of arguments, then over tools.

    Servers check what several tools share in one piece of code: the second place of the same name tells less.
    """
    seen_names: Counter[str] = Counter()
    seen_tools: Counter[str] = Counter()
    ranked: list[tuple[int, int, Slot]] = []
    for tool in tools:
        for slot in texts(tool):
            if wanted(slot):
                ranked.append((seen_names[slot.name], seen_tools[slot.subject], slot))
                seen_names[slot.name] += 1
                seen_tools[slot.subject] += 1
    return [slot for _, _, slot in sorted(ranked, key=itemgetter(0, 1))][:most]


def texts(tool: JsonObject) -> Iterator[Slot]:
    """Yield the places of a tool that take any text: no choices, no pattern, no fixed format."""
    schema = tool.get("inputSchema")
    properties: Any = schema.get("properties") if isinstance(schema, dict) else None
    for name, field in (properties if isinstance(properties, dict) else {}).items():
        if isinstance(field, dict) and (found := _string(field)) is not None:
            slot = Slot(tool, str(name), {**field, **found})
            if (
                not {"enum", "const", "pattern"} & slot.schema.keys()
                and slot.schema.get("format") not in _FIXED_FORMATS
            ):
                yield slot


def _string(field: JsonObject) -> JsonObject | None:
    """Return the schema of the text that a place takes, also where that is one choice of several."""
    kind = field.get("type")
    if kind == "string" or (isinstance(kind, list) and "string" in kind):
        return field
    choices = field.get("anyOf") or field.get("oneOf")
    found = (_string(one) for one in choices if isinstance(one, dict)) if isinstance(choices, list) else ()
    return next((one for one in found if one is not None), None)


def takes_address(slot: Slot) -> bool:
    """Whether a place takes the URL of something to be fetched."""
    if slot.schema.get("format") in _ADDRESS_FORMATS:
        return True
    if words(slot.name)[-1:] in {("name",), ("id",)}:
        return False
    return slot.is_named(_ADDRESS_WORDS) or _ADDRESS_SAID.search(slot.said) is not None


def takes_query(slot: Slot) -> bool:
    """Whether a place takes what something is looked for by."""
    return slot.is_named(_QUERY_WORDS)


def takes_identifier(slot: Slot) -> bool:
    """Whether a place takes what something is named by, and that is no path."""
    paths = {argument.name for argument in path_arguments(slot.tool)}
    return slot.is_named(_ID_WORDS) and slot.name not in paths


def takes_expression(slot: Slot) -> bool:
    """Whether a place takes something to be worked out."""
    return slot.is_named(_EXPRESSION_WORDS)


def takes_markup(slot: Slot) -> bool:
    """Whether a place takes XML."""
    media = str(slot.schema.get("contentMediaType", ""))
    return slot.is_named(_MARKUP_WORDS) or "xml" in media or re.search(r"\b(XML|SVG)\b", slot.said) is not None


def takes_yaml(slot: Slot) -> bool:
    """Whether a place takes YAML."""
    return slot.is_named(_YAML_WORDS) or re.search(r"\bYAML\b", slot.said, re.IGNORECASE) is not None


def takes_code(slot: Slot) -> bool:
    """Whether a tool says that it runs what is put in this place: a capability, not an injection."""
    said = f"{slot.tool_said} {slot.said}"
    return slot.is_named(_CODE_WORDS) and _RUNNING.search(said) is not None


def renders_templates(slot: Slot) -> bool:
    """Whether a tool says that it fills in templates that it is given."""
    return slot.is_named(frozenset({"template"})) and _TEMPLATING.search(f"{slot.tool_said} {slot.said}") is not None
