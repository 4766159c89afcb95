"""Differential test: our wire schema gives the verdicts of the specification's own schema files.

For each definition that a server's messages are made of, instances are generated from the official file (every branch
of every union, every optional member alone and all at once), and mutated in one place: a member dropped, set to null,
or given a value of every other type; a string or number replaced. Both schemas have to give the same verdict on all of
them, and so has `violations` for the results of each method.

Where an official file says what the specification does not mean, the file stands corrected by a named erratum: a
verdict may differ only where the corrected file agrees with ours, and an erratum that explains nothing fails the test.
"""

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema_rs
import pytest
from mcp_audit_harness.wire.schema import REVISIONS, definition_fits, result_definition, schema_for, violations

OFFICIAL = Path(__file__).parents[3] / "shared" / "spec" / "schema"
MAX_DEPTH = 4
SAMPLES = {"string": "text", "integer": 1, "number": 1, "boolean": True, "null": None}
OTHERS: tuple[Any, ...] = ("no such value", 7, -7, 7.5, True, [], {}, None)
UNIONS = ("ServerResult", "ServerRequest", "ServerNotification")
ENVELOPES = (
    "JSONRPCBatchResponse",
    "JSONRPCError",
    "JSONRPCErrorResponse",
    "JSONRPCNotification",
    "JSONRPCRequest",
    "JSONRPCResponse",
    "JSONRPCResultResponse",
)
METHODS = (
    "completion/complete",
    "initialize",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "server/discover",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/list",
    "tools/call",
    "tools/list",
)

Fits: TypeAlias = Callable[[Any], bool]

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the specification's schema files are not beside this checkout"),
]


@dataclass(frozen=True, slots=True)
class Erratum:
    """A definition of an official file that says what the specification does not mean."""

    name: str
    revision: str
    definition: str
    correction: dict[str, Any]
    reason: str


ERRATA = (
    Erratum(
        name="json-value-without-fractions-and-null",
        revision="2026-07-28",
        definition="JSONValue",
        correction={},
        reason="The file allows strings, integers, booleans, arrays and objects. JSON has fractions and null too "
        "(RFC 8259, section 3), and the official Python SDK's type of this name for this revision takes both.",
    ),
)


class Official:
    """One official schema file, as published or as corrected."""

    def __init__(self, revision: str, errata: tuple[Erratum, ...] = ()) -> None:
        document = json.loads((OFFICIAL / f"{revision}.json").read_text(encoding="utf-8"))
        self.key = "$defs" if "$defs" in document else "definitions"
        self.definitions: dict[str, Any] = document[self.key]
        self.definitions |= {erratum.definition: copy.deepcopy(erratum.correction) for erratum in errata}
        self._dialect = jsonschema_rs.Draft202012Validator if self.key == "$defs" else jsonschema_rs.Draft7Validator

    def fits(self, name: str) -> Fits:
        """Return the predicate of one definition."""
        document = {"$ref": f"#/{self.key}/{name}", self.key: self.definitions}
        is_valid: Fits = self._dialect(document, validate_formats=False).is_valid
        return is_valid

    def sendable(self) -> set[str]:
        """Return the definitions that a server's messages are made of."""
        waiting = [name for name in self.definitions if name in {*UNIONS, *ENVELOPES, "CreateTaskResult"}]
        waiting += [name for name in self.definitions if name.endswith("Error")]
        reached: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(_references(self.definitions[name]))
        return reached

    def instances(self, name: str) -> list[Any]:
        """Return instances of one definition, each once."""
        made = self._variants(self.definitions[name], MAX_DEPTH)
        return list({json.dumps(instance, sort_keys=True): instance for instance in made}.values())

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


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rsplit("/", 1)[1]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def mutants(instance: Any) -> Iterator[Any]:
    """Yield the instance with one change, at any depth."""
    if isinstance(instance, dict):
        for name, value in instance.items():
            yield {key: kept for key, kept in instance.items() if key != name}
            yield from ({**instance, name: changed} for changed in (*replacements(value), *mutants(value)))
    elif isinstance(instance, list):
        for place, value in enumerate(instance):
            before, after = instance[:place], instance[place + 1 :]
            yield from ([*before, changed, *after] for changed in (*replacements(value), *mutants(value)))


def replacements(value: Any) -> Iterator[Any]:
    """Yield null, a value of each other type, and other strings and numbers; no array or object for one of its kind."""
    yield from (
        other
        for other in OTHERS
        if not (isinstance(other, dict | list) and isinstance(value, type(other))) and not _same(other, value)
    )


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


@dataclass(slots=True)
class Comparison:
    """The verdicts of one revision, counted."""

    revision: str
    official: Official
    corrected: Official
    counts: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)

    def compare(self, name: str, ours: Fits) -> None:
        """Hold our predicate of a definition against the official one on its instances and their mutants."""
        theirs, meant = self.official.fits(name), self.corrected.fits(name)
        seen: set[str] = set()
        for instance in self.official.instances(name):
            assert theirs(instance), f"the generator made a {name} that the official schema refuses: {instance}"
            self.counts["instances"] += 1
            self._verdicts(name, instance, (theirs, meant, ours))
            for mutant in mutants(instance):
                text = json.dumps(mutant, sort_keys=True)
                if text not in seen:
                    seen.add(text)
                    self.counts["mutants"] += 1
                    self._verdicts(name, mutant, (theirs, meant, ours))

    def _verdicts(self, name: str, instance: Any, judges: tuple[Fits, Fits, Fits]) -> None:
        theirs, meant, ours = (fits(instance) for fits in judges)
        if not theirs:
            self.counts["refused"] += 1
        if ours != theirs and ours == meant:
            self.counts["errata"] += 1
        elif ours != theirs:
            self.unexplained.append(f"{name}: official {theirs}, ours {ours}: {json.dumps(instance)[:200]}")


def comparison(revision: str) -> Comparison:
    errata = tuple(erratum for erratum in ERRATA if erratum.revision == revision)
    return Comparison(revision, Official(revision), Official(revision, errata))


def say(capsys: pytest.CaptureFixture[str], what: str, made: Comparison) -> None:
    counts = made.counts
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{made.revision}: {what}, {counts['instances']} instances, {counts['mutants']} mutants"
            f" ({counts['refused']} refused), {len(made.unexplained)} disagreements, {counts['errata']} by erratum"
        )


@pytest.mark.parametrize("revision", REVISIONS)
def test_verdicts_agree_with_the_official_schema(revision: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = comparison(revision)
    names = sorted(schema_for(revision)["$defs"].keys() & made.official.definitions.keys())
    for name in names:
        made.compare(name, partial(_ours, name, revision))
    say(capsys, f"{len(names)} definitions", made)
    assert made.unexplained == []
    assert made.counts["refused"] > made.counts["mutants"] / 4


@pytest.mark.parametrize("revision", REVISIONS)
def test_results_are_judged_as_the_official_schema_judges_them(
    revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = comparison(revision)
    methods = [method for method in METHODS if result_definition(method, revision)]
    for method in methods:
        made.compare(str(result_definition(method, revision)), partial(_is_free, method, revision))
    say(capsys, f"results of {len(methods)} methods", made)
    assert made.unexplained == []


def _ours(name: str, revision: str, instance: Any) -> bool:
    return definition_fits(name, instance, revision)


def _is_free(method: str, revision: str, result: Any) -> bool:
    return not violations({"jsonrpc": "2.0", "id": 1, "result": result}, revision, method=method)


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.name)
def test_each_erratum_is_needed(erratum: Erratum) -> None:
    others = tuple(other for other in ERRATA if other is not erratum and other.revision == erratum.revision)
    made = Comparison(erratum.revision, Official(erratum.revision), Official(erratum.revision, others))
    made.compare(erratum.definition, partial(_ours, erratum.definition, erratum.revision))
    assert made.unexplained, erratum.reason


@pytest.mark.parametrize("revision", REVISIONS)
def test_everything_that_a_server_may_send_is_compared(revision: str) -> None:
    """Each definition that results, requests, notifications and errors of a server are made of stands in our table."""
    official, ours = Official(revision), schema_for(revision)["$defs"]
    assert sorted(official.sendable() - ours.keys()) == []
    assert sorted(ours.keys() - official.definitions.keys()) == []
