"""References in schemas to other documents: in those that a server lists, and in those that it is handed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Bench, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    STATELESS,
    Category,
    Exchange,
    Impact,
    Severity,
    Visit,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.inventory import Inventory, inventory
from ..conformance.schema_readers import NO_READER, read_schema, schema_member
from .fetching import GRACE_S
from .tries import succeeded

_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_MAX_PARTS = 5000
_MOST_TOOLS = 2
_LOCAL: Final = ("#", "https://json-schema.org/draft", "http://json-schema.org/draft")
_FETCHED: Final = ("http:", "https:", "file:", "ftp:", "//")


def references(schema: Any) -> Iterator[str]:
    """Yield the references of a schema that lead out of it; ids within it are followed, data is not searched."""
    ids: set[str] = set()
    found: list[str] = []
    waiting: list[Any] = [schema]
    for _ in range(_MAX_PARTS):
        if not waiting:
            break
        part = waiting.pop()
        if isinstance(part, dict):
            ids |= {str(part[word]).rstrip("#") for word in ("$id", "id") if isinstance(part.get(word), str)}
            found += [part[word] for word in _REFERENCES if isinstance(part.get(word), str)]
            waiting += [value for word, value in part.items() if word not in {"default", "examples", "enum", "const"}]
        elif isinstance(part, list):
            waiting += part
    for reference in dict.fromkeys(found):
        document = reference.partition("#")[0]
        if not reference.startswith(_LOCAL) and document not in ids and reference.startswith(_FETCHED):
            yield reference


@check(
    inventory,
    id="schemas/refers-to-network",
    title="Schema refers to another document",
    requirements=("schemas/self-contained",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Put what is referred to into $defs of the same schema.",
    references=("https://cwe.mitre.org/data/definitions/918.html", "https://github.com/advisories/GHSA-rwrf-2pqf-9j8j"),
)
def refers_to_network(seen: Inventory) -> Verdicts:
    """A client that resolves the reference asks an address that the server chose, or opens a file; one that does not
    cannot read the schema. Who answers at that address also decides what the schema says tomorrow.
    """
    failures, seen_pages = [], []
    for item in seen.items("tools"):
        found = [one for member in ("inputSchema", "outputSchema") for one in references(item.value.get(member))]
        seen_pages.append(item.page)
        if found:
            failures.append(failed(f"The schema refers to {found[0][:120]}.", item.page, subject=item.subject))
    answered = [page for page in seen_pages if page.answered]
    return failures or (passed(*answered) if answered else not_applicable("the server lists no tools"))


@dataclass(frozen=True, slots=True)
class Handed:
    """A tool that reads schemas, given a plain one and ones that refer to the listener; and who came."""

    tool: str
    control: Exchange
    calls: tuple[Exchange, ...]
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class SchemasHanded:
    """The tools that read schemas."""

    tools: tuple[Handed, ...]


@scenario(spec=STATELESS, impact=Impact.PROBING, needs=(callable_tool,), timeout_s=30.0, bench=Bench.DIAGNOSTICS)
async def schemas_handed(probe: Probe) -> SchemasHanded:
    """Hand over schemas that refer to the listener by each word that a validator may follow."""
    takers = [(tool, member) for tool in probe.callable_tools() if (member := schema_member(tool)) is not None]
    if not takers:
        return SchemasHanded(())
    async with probe.canary() as canary:
        found = []
        for tool, member in takers[:_MOST_TOOLS]:
            control = await read_schema(probe, tool, member, {"type": "object"})
            urls = [canary.url(body="{}", content_type="application/schema+json", suffix=".json") for _ in range(3)]
            forms = ({"$ref": urls[0]}, {"properties": {"x": {"$dynamicRef": urls[1]}}}, {"$schema": urls[2]})
            calls = tuple([await read_schema(probe, tool, member, form) for form in forms])
            if any(map(succeeded, calls)):
                await canary.wait(urls[0], timeout=GRACE_S)
            visits = tuple(visit for url in urls for visit in canary.visits(url))
            found.append(Handed(str(tool["name"]), control, calls, visits))
    return SchemasHanded(tuple(found))


@check(
    schemas_handed,
    id="schemas/fetches-reference",
    title="Server fetches what a schema of its caller refers to",
    requirements=("basic/no-network-ref-deref",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Give the validator a registry that knows what you ship, and that fetches nothing.",
    references=(
        "https://cwe.mitre.org/data/definitions/918.html",
        "https://github.com/advisories/GHSA-rwrf-2pqf-9j8j",
    ),
)
def fetches_reference(seen: SchemasHanded) -> Verdicts:
    """Many validators fetch a `$ref` unless they are told not to. Whoever hands over a schema then chooses what the
    server asks for from inside its network. Proof is a visit of a random address of the auditor's listener.
    """
    if not seen.tools:
        return not_applicable(NO_READER)
    failures = [
        failed("The address of a reference was fetched.", *one.calls, one.control, subject=f"tool:{one.tool}")
        for one in seen.tools
        if one.visits
    ]
    answered = [call for one in seen.tools for call in one.calls if call.answered and one.control.answered]
    return failures or (passed(*answered) if answered else not_observed("no tool that reads schemas answered"))
