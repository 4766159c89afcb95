"""All that a target has shown of what it offers at one revision: its capabilities, its lists, its results.

Nothing is sent for it. The survey and the other scenarios have asked already; this looks at what came back.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, scenario
from mcp_audit_harness.model import Exchange, JsonObject
from mcp_audit_harness.probe import Probe

_OPENINGS = ("initialize", "server/discover")
LISTS = {
    "tools/list": "tools",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
    "prompts/list": "prompts",
}
"""The member of the result that each list fills."""
_RESULTS = ("tools/call", "prompts/get", "resources/read", "completion/complete")
_MOST_RESULTS = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One listed tool, resource, template or prompt, and the page that it stands on."""

    kind: str
    value: JsonObject
    page: Exchange

    @property
    def name(self) -> str:
        """What the target calls it; empty where it does not say."""
        return _text(self.value.get("name")) or _text(self.value.get("uri")) or _text(self.value.get("uriTemplate"))

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"{_SINGULAR[self.kind]}:{self.name[:80]}"


_SINGULAR = {"tools": "tool", "resources": "resource", "resourceTemplates": "template", "prompts": "prompt"}


@dataclass(frozen=True, slots=True)
class Inventory:
    """Exchanges that were answered with a result, by what they tell."""

    capabilities: JsonObject
    openings: tuple[Exchange, ...]
    """The first answer that declares capabilities."""
    pages: tuple[Exchange, ...]
    """Pages of lists."""
    results: tuple[Exchange, ...]
    """Results of calls, prompts, reads and completions."""
    refusals: tuple[Exchange, ...] = ()
    """Lists that were refused."""

    def items(self, *kinds: str) -> tuple[Item, ...]:
        """Return what is listed of some kinds (members of list results), each name of a kind once."""
        found: dict[tuple[str, str], Item] = {}
        for item in self._listed():
            if item.kind in kinds:
                found.setdefault((item.kind, item.name), item)
        return tuple(found.values())

    def _listed(self) -> Iterator[Item]:
        for page in self.pages:
            kind = LISTS.get(page.sent.method or "", "")
            values = (page.result or {}).get(kind)
            for value in values if isinstance(values, list) else ():
                if isinstance(value, dict):
                    yield Item(kind, value, page)

    def of(self, method: str) -> tuple[Exchange, ...]:
        """Return the results, or pages, of one method."""
        return tuple(seen for seen in (*self.pages, *self.results) if seen.sent.method == method)

    def declares(self, capability: str) -> bool:
        """Whether a capability is declared; a dotted path names a member, which has to be true or an object."""
        value: object = self.capabilities
        for name in capability.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value is True or isinstance(value, dict)

    def contents(self) -> Iterator[tuple[JsonObject, Exchange]]:
        """Yield every content item of a call or a prompt, with the result that it stands in."""
        for seen in self.results:
            for content in _contents(seen.result or {}):
                if isinstance(content, dict):
                    yield content, seen


@scenario(observes=True, bench=Bench.DIAGNOSTICS)
async def inventory(probe: Probe) -> Inventory:
    """Collect what was answered with a result, whoever asked."""
    answered = [seen for seen in probe.transcript if seen.result is not None]
    return Inventory(
        probe.offer.capabilities,
        tuple(
            [seen for seen in answered if seen.sent.method in _OPENINGS and "capabilities" in (seen.result or {})][:1]
        ),
        tuple(seen for seen in answered if seen.sent.method in LISTS),
        tuple([seen for seen in answered if seen.sent.method in _RESULTS][:_MOST_RESULTS]),
        tuple(seen for seen in probe.transcript if seen.sent.method in LISTS and seen.error is not None),
    )


def _contents(result: JsonObject) -> Iterator[object]:
    content = result.get("content")
    yield from content if isinstance(content, list) else ()
    messages = result.get("messages")
    for message in messages if isinstance(messages, list) else ():
        inner = message.get("content") if isinstance(message, dict) else None
        yield from inner if isinstance(inner, list) else (inner,)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
