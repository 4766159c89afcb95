"""The way from a JSON Schema of any draft to a schema object of OpenAPI 3.1: references lead into its components.

What the document of the target names elsewhere is never fetched: such a reference is noted, and anything fits it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin

from mcp_audit_harness.model import JsonObject

from .pointers import escaped, pointed, pointer_parts

COMPONENTS: Final = "#/components/schemas/"
_ONE: Final = frozenset(
    {
        *("additionalProperties", "propertyNames", "unevaluatedProperties", "contains", "unevaluatedItems"),
        *("items", "additionalItems", "not", "if", "then", "else", "contentSchema"),
    }
)
_SEVERAL: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_PLAIN: Final = frozenset(
    {
        *("type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
        *("maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains"),
        *("maxProperties", "minProperties", "required", "dependentRequired", "format", "contentEncoding"),
        *("contentMediaType", "title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples"),
    }
)
_OLD: Final = ("draft-03", "draft-04", "draft-06", "draft-07")
"""Drafts in which nothing beside a `$ref` counts."""
_MOST_EXTRA = 1000
"""Places named by a reference that no keyword of JSON Schema leads to."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A schema and what it refers to, as components of an OpenAPI document."""

    schema: JsonObject
    """A reference to the first component."""
    components: JsonObject
    elsewhere: tuple[str, ...]
    """References to other documents."""
    dangling: tuple[str, ...]
    """References to nothing in this document."""


def project(schema: Any, key: str) -> Projection:
    """Return the schema as components whose names begin with `key` (letters, digits, `.`, `-` and `_` only)."""
    return _Projector(schema, key).run()


def of_objects(schema: Any) -> Any:
    """Return the schema, narrowed to objects: arguments are nothing else, whether or not it says so."""
    if schema is True:
        return {"type": "object"}
    if not isinstance(schema, dict) or "$ref" in schema:
        return schema
    kind = schema.get("type", "object")
    return {**schema, "type": "object"} if kind == "object" or (isinstance(kind, list) and "object" in kind) else schema


@dataclass(slots=True)
class _Projector:
    root: Any
    key: str
    components: JsonObject = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Where each schema went, by its pointer in the target's document."""
    names: dict[str, str] = field(default_factory=dict)
    """Pointers by `$id` and anchor."""
    pending: list[tuple[JsonObject, str, str]] = field(default_factory=list)
    """References to fill in: the copy, the reference as written, and the URI that it is relative to."""
    elsewhere: list[str] = field(default_factory=list)
    dangling: list[str] = field(default_factory=list)

    def run(self) -> Projection:
        self._name(self.root, "", "")
        self.components[self.key] = {}
        self.components[self.key] = self._copied(self.root, "", COMPONENTS + self.key, "")
        extra = 0
        while self.pending and extra < _MOST_EXTRA:
            copy, reference, context = self.pending.pop()
            pointer = self._resolved(reference, context)
            if pointer is None:
                continue
            if pointer not in self.places:
                extra += 1
                name = f"{self.key}.ref{extra}"
                self.components[name] = self._copied(pointed(self.root, pointer), pointer, COMPONENTS + name, context)
            copy["$ref"] = self.places[pointer]
        return Projection({"$ref": COMPONENTS + self.key}, self.components, tuple(self.elsewhere), tuple(self.dangling))

    @property
    def _old(self) -> bool:
        dialect = self.root.get("$schema") if isinstance(self.root, dict) else None
        return isinstance(dialect, str) and any(draft in dialect for draft in _OLD)

    def _name(self, schema: Any, pointer: str, context: str) -> None:
        """Note which identifiers stand where."""
        waiting = [(schema, pointer, context)]
        while waiting:
            found, here, within = waiting.pop()
            if not isinstance(found, dict):
                continue
            identifier = found.get("$id", found.get("id") if self._old else None)
            if isinstance(identifier, str):
                if identifier.startswith("#"):
                    self.names[within + identifier] = here
                else:
                    within = urljoin(within, identifier).rstrip("#")
                    self.names[within] = here
            for word in ("$anchor", "$dynamicAnchor"):
                if isinstance(found.get(word), str):
                    self.names.setdefault(f"{within}#{found[word]}", here)
            waiting.extend((inner, f"{here}/{part}", within) for part, inner in schemas_inside(found))

    def _resolved(self, reference: str, context: str) -> str | None:
        """Return the pointer that a reference means; None, and a note, if it means nothing that is here."""
        whole = urljoin(context, reference) if not reference.startswith("#") else context + reference
        document, _, fragment = whole.partition("#")
        start = self.names.get(document, "" if not document else None)
        if start is None:
            self.elsewhere.append(reference)
            return None
        found = self.names.get(whole) if fragment and not fragment.startswith("/") else start + fragment
        try:
            aim = pointed(self.root, found) if found is not None else None
        except (LookupError, ValueError):
            aim = None
        if found is None or not isinstance(aim, dict | bool):
            self.dangling.append(reference)
            return None
        return "".join(f"/{escaped(part)}" for part in pointer_parts(found))

    def _copied(self, schema: Any, pointer: str, place: str, context: str) -> Any:
        self.places.setdefault(pointer, place)
        if not isinstance(schema, dict):
            return schema
        identifier = schema.get("$id")
        if isinstance(identifier, str) and not identifier.startswith("#"):
            context = urljoin(context, identifier).rstrip("#")
        copy: JsonObject = {}
        for word in ("$ref", "$dynamicRef", "$recursiveRef"):
            if isinstance(schema.get(word), str):
                self.pending.append((copy, schema[word], context))
        if self._old and "$ref" in schema:
            for word in ("definitions", "$defs"):
                self._keyword(copy, word, schema, pointer, place, context)
            return copy
        for word in schema:
            self._keyword(copy, word, schema, pointer, place, context)
        return copy

    def _keyword(self, copy: JsonObject, word: str, schema: JsonObject, pointer: str, place: str, context: str) -> None:
        value = schema.get(word)
        if word in _PLAIN or word.startswith("x-"):
            _plain(copy, word, schema)
        elif word in _NAMED and isinstance(value, dict):
            self._named(copy, word, value, pointer, place, context)
        elif word in _SEVERAL and isinstance(value, list):
            copy[word] = self._all(value, f"{pointer}/{word}", f"{place}/{word}", context)
        elif word == "items" and isinstance(value, list):
            copy["prefixItems"] = self._all(value, f"{pointer}/items", f"{place}/prefixItems", context)
        elif word == "additionalItems":
            if isinstance(schema.get("items"), list):
                copy["items"] = self._copied(value, f"{pointer}/{word}", f"{place}/items", context)
        elif word == "dependencies" and isinstance(value, dict):
            self._dependencies(copy, value, pointer, place, context)
        elif word in _ONE:
            copy[word] = self._copied(value, f"{pointer}/{word}", f"{place}/{word}", context)

    def _all(self, values: list[Any], pointer: str, place: str, context: str) -> list[Any]:
        return [
            self._copied(inner, f"{pointer}/{index}", f"{place}/{index}", context) for index, inner in enumerate(values)
        ]

    def _named(self, copy: JsonObject, word: str, value: JsonObject, pointer: str, place: str, context: str) -> None:
        """Copy schemas by their names; definitions of the whole become components of their own."""
        if not pointer and word in {"$defs", "definitions"}:
            for name, inner in value.items():
                component = self._component(name)
                self.components[component] = {}
                where = f"/{word}/{escaped(name)}"
                self.components[component] = self._copied(inner, where, COMPONENTS + component, context)
            return
        copy[word] = {
            name: self._copied(inner, f"{pointer}/{word}/{escaped(name)}", f"{place}/{word}/{_coded(name)}", context)
            for name, inner in value.items()
        }

    def _component(self, name: str) -> str:
        plain = f"{self.key}.{component_name(name)}"
        number = 2
        found = plain
        while found in self.components:
            found = f"{plain}-{number}"
            number += 1
        return found

    def _dependencies(self, copy: JsonObject, value: JsonObject, pointer: str, place: str, context: str) -> None:
        for name, inner in value.items():
            if isinstance(inner, list):
                copy.setdefault("dependentRequired", {})[name] = inner
            else:
                where = f"{pointer}/dependencies/{escaped(name)}"
                there = f"{place}/dependentSchemas/{_coded(name)}"
                copy.setdefault("dependentSchemas", {})[name] = self._copied(inner, where, there, context)


def component_name(text: str) -> str:
    """Return the text as a name that OpenAPI allows for components."""
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "_" for letter in text)


def schemas_inside(schema: JsonObject) -> Iterator[tuple[str, Any]]:
    """Yield the schemas that stand directly in a schema, each with its pointer from there, without the first `/`."""
    for word, value in schema.items():
        if word in _ONE and not isinstance(value, list):
            yield word, value
        elif word in _SEVERAL | {"items"} and isinstance(value, list):
            yield from ((f"{word}/{index}", inner) for index, inner in enumerate(value))
        elif word in _NAMED | {"dependencies"} and isinstance(value, dict):
            yield from ((f"{word}/{escaped(name)}", inner) for name, inner in value.items())


def _coded(name: str) -> str:
    return escaped(name).replace("%", "%25")


def _plain(copy: JsonObject, word: str, schema: JsonObject) -> None:
    """Copy a keyword without schemas in it; draft 4 says by a boolean that a bound is exclusive."""
    value = schema[word]
    if word in {"exclusiveMinimum", "exclusiveMaximum"} and isinstance(value, bool):
        return
    side = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}.get(word)
    if word == "examples" and not isinstance(value, list):
        return
    copy[side if side is not None and schema.get(side) is True else word] = value
