"""What a server says of itself when it is asked: name, version, words for people, instructions for models."""

from mcp_audit_harness.declare import feature
from mcp_audit_harness.model import (
    Effort,
    JsonObject,
    Priority,
    Sighting,
    implemented,
    missing,
    partial,
    unseen,
)

from .inventory import Inventory, inventory

_META_INFO = "io.modelcontextprotocol/serverInfo"
_DETAILS = ("title", "description", "icons", "websiteUrl")
_UNSEEN = "no answer that declares capabilities was seen"


@feature(
    inventory,
    id="lifecycle/server-details",
    title="Title, description, icons and website of the server",
    since="2025-11-25",
    page="basic/lifecycle#initialization",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Add title, description, websiteUrl and icons to serverInfo.",
)
def server_details(seen: Inventory) -> Sighting:
    """People choose among servers by what they see in a list: a name for programs tells them little."""
    if not seen.openings:
        return unseen(_UNSEEN)
    info = _info(seen.openings[0].result or {})
    if info is None:
        return unseen("the server does not say who it is")
    there = [name for name in _DETAILS if info.get(name)]
    absent = [name for name in _DETAILS if not info.get(name)]
    if not there:
        return missing(f"serverInfo has no {', '.join(absent)}", *seen.openings)
    if absent:
        return partial(f"serverInfo has {', '.join(there)}, and no {', '.join(absent)}", *seen.openings)
    return implemented(f"serverInfo has {', '.join(there)}", *seen.openings)


@feature(
    inventory,
    id="lifecycle/instructions",
    title="Instructions for models",
    since="2024-11-05",
    page="basic/lifecycle#initialization",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Say in instructions how the tools belong together: a few sentences, once per session.",
)
def instructions(seen: Inventory) -> Sighting:
    """Clients hand the instructions to the model, which then knows what no single description can say."""
    if not seen.openings:
        return unseen(_UNSEEN)
    text = (seen.openings[0].result or {}).get("instructions")
    if isinstance(text, str) and text.strip():
        return implemented(f"{len(text)} characters of instructions", *seen.openings)
    return missing("the first answer has no instructions", *seen.openings)


def _info(result: JsonObject) -> JsonObject | None:
    meta = result.get("_meta")
    found = result.get("serverInfo", meta.get(_META_INFO) if isinstance(meta, dict) else None)
    return found if isinstance(found, dict) else None
