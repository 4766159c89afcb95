"""What content can be beside text, and what can be said of it: for the gap analysis."""

from mcp_audit_harness.declare import feature
from mcp_audit_harness.model import Effort, Exchange, JsonObject, Priority, Sighting, implemented, missing, unseen

from .inventory import Inventory, inventory
from .sightings import pages_of

_SHOWN = 5
_SAID = ("audience", "priority", "lastModified")


@feature(
    inventory,
    id="content/annotations",
    title="Annotations of content: for whom it is, how much it matters, how old it is",
    since="2024-11-05",
    page="server/resources#annotations",
    priority=Priority.MEDIUM,
    effort=Effort.SMALL,
    remediation="Annotate resources and content with audience, priority and, from 2025-06-18 on, lastModified.",
)
def annotations(seen: Inventory) -> Sighting:
    """Clients choose by them what to show to the person, what to hand to the model, and what to leave out first."""
    items = seen.items("resources", "resourceTemplates")
    annotated = [item for item in items if _annotated(item.value)]
    if annotated:
        note = f"{len(annotated)} of {len(items)} listed resources and templates have annotations"
        return implemented(note, *pages_of(annotated))
    contents = list(seen.contents())
    shown = [result for content, result in contents if _annotated(content)]
    if shown:
        return implemented("content of results has annotations", *shown[:_SHOWN])
    if items:
        return missing(f"none of {len(items)} listed resources and templates has annotations", *pages_of(items))
    results = {result.id: result for _, result in contents}
    if results:
        return missing("no content of any result has annotations", *list(results.values())[:_SHOWN])
    return unseen("no resource is listed, and no content was returned")


def _annotated(value: JsonObject) -> bool:
    said = value.get("annotations")
    return isinstance(said, dict) and any(said.get(name) is not None for name in _SAID)


@feature(
    inventory,
    id="content/audio",
    title="Sounds",
    since="2025-03-26",
    page="server/tools#audio-content",
    priority=Priority.LOW,
    remediation="Return sounds as audio content, in base64 and with their media type.",
)
def audio(seen: Inventory) -> Sighting:
    """Models that hear take speech and sounds as they are, without a detour through text."""
    return _of_type(seen, "audio", "a sound")


@feature(
    inventory,
    id="content/images",
    title="Pictures",
    since="2024-11-05",
    page="server/tools#image-content",
    priority=Priority.LOW,
    remediation="Return pictures as image content, in base64 and with their media type.",
)
def images(seen: Inventory) -> Sighting:
    """Models that see take charts and screens as they are, without a description that leaves things out."""
    return _of_type(seen, "image", "a picture")


@feature(
    inventory,
    id="content/embedded-resources",
    title="Resources embedded in results",
    since="2024-11-05",
    page="server/tools#embedded-resources",
    priority=Priority.LOW,
    remediation="Where a result is a resource, return it as an embedded one, with its URI.",
    requirements=("tools/embedded-resources-allowed",),
)
def embedded_resources(seen: Inventory) -> Sighting:
    """A resource that comes with its URI can be read again, and told from the words around it."""
    return _of_type(seen, "resource", "an embedded resource")


def _of_type(seen: Inventory, kind: str, noun: str) -> Sighting:
    """Return whether any content is of a type; that none was is no proof that none can be."""
    found: list[Exchange] = [result for item, result in seen.contents() if item.get("type") == kind]
    if found:
        return implemented(f"a result holds {noun}", *found[:_SHOWN])
    return unseen(f"no tool or prompt that was asked returned {noun}")
