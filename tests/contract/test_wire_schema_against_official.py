"""Differential test: our wire schema gives the verdicts of the specification's own schema files.

For each definition that a server's messages are made of, instances are generated from the official file (every branch
of every union, every optional member alone and all at once), and mutated in one place: a member dropped, set to null,
or given another type; a string replaced. Both schemas have to give the same verdict on all of them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from mcp_audit_harness.wire.schema import REVISIONS, definition_fits, schema_for

OFFICIAL = Path(__file__).parents[3] / "shared" / "spec" / "schema"
MAX_DEPTH = 4
MAX_INSTANCES = 150
SAMPLES = {"string": "text", "integer": 1, "number": 1, "boolean": True, "null": None}

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the specification's schema files are not beside this checkout"),
]


class Official:
    """One official schema file."""

    def __init__(self, revision: str) -> None:
        document = json.loads((OFFICIAL / f"{revision}.json").read_text(encoding="utf-8"))
        self.key = "$defs" if "$defs" in document else "definitions"
        self.definitions: dict[str, Any] = document[self.key]
        self._dialect = jsonschema_rs.Draft202012Validator if self.key == "$defs" else jsonschema_rs.Draft7Validator

    def fits(self, name: str) -> Any:
        """Return the predicate of one definition."""
        document = {"$ref": f"#/{self.key}/{name}", self.key: self.definitions}
        return self._dialect(document, validate_formats=False).is_valid

    def instances(self, name: str) -> list[Any]:
        """Return instances of one definition, each once."""
        seen: dict[str, Any] = {}
        for instance in self._variants(self.definitions[name], MAX_DEPTH):
            seen.setdefault(json.dumps(instance, sort_keys=True), instance)
            if len(seen) == MAX_INSTANCES:
                break
        return list(seen.values())

    def _variants(self, schema: dict[str, Any], depth: int) -> Iterator[Any]:
        if "$ref" in schema:
            yield from self._variants(self.definitions[schema["$ref"].rsplit("/", 1)[1]], depth)
        elif "anyOf" in schema:
            for branch in schema["anyOf"]:
                yield from self._variants(branch, depth)
        elif "allOf" in schema:
            yield from self._merged(schema["allOf"], depth)
        elif "const" in schema:
            yield schema["const"]
        elif "enum" in schema:
            yield from schema["enum"]
        elif schema.get("type") == "array":
            yield []
            if depth:
                yield from ([item] for item in self._variants(schema.get("items", {}), depth - 1))
        elif schema.get("type") == "object" or "properties" in schema:
            yield from self._objects(schema, depth)
        else:
            kinds = schema.get("type", "string")
            yield from (SAMPLES.get(kind, {}) for kind in ([kinds] if isinstance(kinds, str) else kinds))

    def _merged(self, parts: list[dict[str, Any]], depth: int) -> Iterator[Any]:
        first = [next(self._variants(part, depth)) for part in parts]
        for place, part in enumerate(parts):
            for variant in self._variants(part, depth):
                merged: dict[str, Any] = {}
                for other, instance in enumerate(first):
                    merged |= variant if other == place else instance
                yield merged

    def _objects(self, schema: dict[str, Any], depth: int) -> Iterator[Any]:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        least = {name: next(self._variants(properties.get(name, {}), max(depth - 1, 0))) for name in required}
        yield least
        if not depth:
            return
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict):
            yield from ({**least, "extra": value} for value in self._variants(extra, depth - 1))
        yield {name: next(self._variants(kind, depth - 1)) for name, kind in properties.items()} | least
        for name, kind in properties.items():
            yield from ({**least, name: value} for value in self._variants(kind, depth - 1))


def mutants(instance: Any) -> Iterator[tuple[str, Any]]:
    """Yield the instance with one change, and the name of the member that was changed."""
    if isinstance(instance, dict):
        for name, value in instance.items():
            yield name, {key: kept for key, kept in instance.items() if key != name}
            for other in replacements(value):
                yield name, {**instance, name: other}
            for inner, changed in mutants(value):
                yield inner, {**instance, name: changed}
    elif isinstance(instance, list):
        for place, value in enumerate(instance):
            for other in replacements(value):
                yield "", [*instance[:place], other, *instance[place + 1 :]]
            for inner, changed in mutants(value):
                yield inner, [*instance[:place], changed, *instance[place + 1 :]]


def replacements(value: Any) -> Iterator[Any]:
    """Yield null, values of other types and, for a string, another one."""
    yield None
    if isinstance(value, str):
        yield from ("no such value", 7)
    elif isinstance(value, bool):
        yield "true"
    elif isinstance(value, int | float):
        yield from ("7", -7, 7.5)
    elif isinstance(value, list):
        yield {}
    elif isinstance(value, dict):
        yield from ("text", [])


@pytest.mark.parametrize("revision", REVISIONS)
def test_verdicts_agree_with_the_official_schema(revision: str, capsys: pytest.CaptureFixture[str]) -> None:
    official = Official(revision)
    names = [name for name in schema_for(revision)["$defs"] if name in official.definitions]
    counts = {"instances": 0, "mutants": 0}
    disagreements: list[str] = []
    for name in names:
        fits = official.fits(name)
        seen: set[str] = set()
        for instance in official.instances(name):
            counts["instances"] += 1
            assert fits(instance), f"the generator made a {name} that the official schema refuses: {instance}"
            if not definition_fits(name, instance, revision):
                disagreements.append(f"{name}: refused {json.dumps(instance)[:200]}")
            for member, mutant in mutants(instance):
                text = json.dumps(mutant, sort_keys=True)
                if text in seen:
                    continue
                seen.add(text)
                counts["mutants"] += 1
                theirs, ours = fits(mutant), definition_fits(name, mutant, revision)
                if theirs != ours:
                    disagreements.append(f"{name}.{member}: official {theirs}, ours {ours}: {text[:200]}")
    with capsys.disabled():
        figures = f"{len(names)} definitions, {counts['instances']} instances, {counts['mutants']} mutants"
        print(f"\n{revision}: {figures}, {len(disagreements)} disagreements")  # noqa: T201
    assert disagreements == []


def test_every_message_of_a_server_is_compared() -> None:
    """Each member of the official unions of results, requests and notifications stands in our table."""
    for revision in REVISIONS:
        official = Official(revision).definitions
        ours = schema_for(revision)["$defs"]
        for union in ("ServerResult", "ServerRequest", "ServerNotification"):
            members = official.get(union, {}).get("anyOf", [])
            missing = [one["$ref"].rsplit("/", 1)[1] for one in members if one["$ref"].rsplit("/", 1)[1] not in ours]
            assert missing == [], f"{revision} {union}"
