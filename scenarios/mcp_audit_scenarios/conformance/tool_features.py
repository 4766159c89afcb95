"""What a server can say of its tools, and what its tools can return: the part of a gap analysis that is about tools."""

from mcp_audit_harness.declare import feature
from mcp_audit_harness.model import Effort, Priority, Sighting, implemented, missing, partial, unseen

from .inventory import Inventory, Item, inventory
from .sightings import called_name, declared, offered, pages_of, share

_HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
_SHOWN = 5


@feature(
    inventory,
    id="tools/tools",
    title="Tools",
    since="2024-11-05",
    page="server/tools",
    priority=Priority.LOW,
    effort=Effort.LARGE,
    remediation="Declare the capability tools, and serve tools/list and tools/call.",
)
def tools(seen: Inventory) -> Sighting:
    """Functions that a model may call: what most clients connect to a server for."""
    return offered(seen, "tools", "tools/list", "tools")


@feature(
    inventory,
    id="tools/list-changed",
    title="Notifications when the list of tools changes",
    since="2024-11-05",
    page="server/tools#list-changed-notification",
    priority=Priority.LOW,
    remediation="Declare tools.listChanged and notify clients wherever tools come or go.",
)
def list_changed(seen: Inventory) -> Sighting:
    """A client that is told of changes need not ask again and again, and shows no tool that is gone."""
    return declared(seen, "tools", "tools.listChanged")


@feature(
    inventory,
    id="tools/annotations",
    title="Annotations of tools: what they read, change and reach",
    since="2025-03-26",
    page="server/tools#tool",
    priority=Priority.HIGH,
    effort=Effort.SMALL,
    remediation="Say of every tool in annotations whether it only reads, destroys, may be repeated, reaches out.",
)
def annotations(seen: Inventory) -> Sighting:
    """By these hints clients decide what to run without asking: a tool that says nothing is taken for a dangerous one,
    and its users confirm every call.
    """
    return share(seen.items("tools"), "tools", "annotations that say what they do", _annotated)


def _annotated(item: Item) -> bool:
    hints = item.value.get("annotations")
    return isinstance(hints, dict) and any(isinstance(hints.get(name), bool) for name in _HINTS)


@feature(
    inventory,
    id="tools/structured-output",
    title="Structured output of tools, and schemas for it",
    since="2025-06-18",
    page="server/tools#structured-content",
    priority=Priority.HIGH,
    remediation="Declare outputSchema where a tool returns data, and put them into structuredContent.",
)
def structured_output(seen: Inventory) -> Sighting:
    """Programs, and models that chain calls, take data from a result without guessing at its text."""
    listed = seen.items("tools")
    typed = [item for item in listed if isinstance(item.value.get("outputSchema"), dict)]
    structured = [call for call in seen.of("tools/call") if "structuredContent" in (call.result or {})]
    if typed:
        return implemented(
            f"{len(typed)} of {len(listed)} tools declare an output schema", *pages_of(typed), *structured[:1]
        )
    if structured:
        return partial("results have structured content, for which no tool declares a schema", structured[0])
    if not listed:
        return unseen("no tools are listed")
    return missing(f"none of {len(listed)} tools declares an output schema", *pages_of(listed))


@feature(
    inventory,
    id="tools/resource-links",
    title="Links to resources in results",
    since="2025-06-18",
    page="server/tools#resource-links",
    priority=Priority.MEDIUM,
    effort=Effort.SMALL,
    remediation="Where a tool makes or finds a resource, return a resource_link to it beside the text.",
    requirements=("tools/resource-links-allowed", "prompts/prompt-resource-links"),
)
def resource_links(seen: Inventory) -> Sighting:
    """A link lets a client fetch what a tool found when it is wanted, instead of pasting all of it into the context."""
    linking = [result for item, result in seen.contents() if item.get("type") == "resource_link"]
    if linking:
        return implemented("results have links to resources", *linking[:_SHOWN])
    succeeded = [call for call in seen.of("tools/call") if (call.result or {}).get("isError") is not True]
    if not seen.items("resources") and not seen.items("resourceTemplates"):
        return unseen("the server lists no resources to which its tools could link")
    listed = {item.name for item in seen.items("tools")}
    if listed and listed <= {called_name(call) for call in succeeded}:
        return missing(
            f"each of {len(listed)} tools was called with success; none returned a link", *succeeded[:_SHOWN]
        )
    return unseen(f"{len(succeeded)} results of calls had no link; other tools, or other arguments, might give some")


@feature(
    inventory,
    id="tools/titles",
    title="Titles for display",
    since="2025-06-18",
    page="server/tools#tool",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Give each tool a title for people beside the name for programs.",
)
def titles(seen: Inventory) -> Sighting:
    """People choose and approve by what they can read: a title says more than the name of a function."""
    return share(seen.items("tools"), "tools", "a title", _titled)


def _titled(item: Item) -> bool:
    hints = item.value.get("annotations")
    found = item.value.get("title") or (hints.get("title") if isinstance(hints, dict) else None)
    return isinstance(found, str)
