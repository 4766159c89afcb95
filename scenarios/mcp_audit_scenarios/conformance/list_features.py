"""Resources, templates, prompts, completions, pages and icons: what else a server can offer."""

from collections.abc import Iterator

from mcp_audit_harness.declare import feature
from mcp_audit_harness.model import (
    Effort,
    Exchange,
    JsonObject,
    Priority,
    Sighting,
    implemented,
    missing,
    partial,
    unseen,
)

from .inventory import LISTS, Inventory, inventory
from .sightings import declared, offered, pages_of

_SHOWN = 5
_LONG = 100
"""Items on one page from which on a client would rather have had several."""


@feature(
    inventory,
    id="resources/resources",
    title="Resources",
    since="2024-11-05",
    page="server/resources",
    priority=Priority.LOW,
    effort=Effort.LARGE,
    remediation="Declare the capability resources, and serve resources/list and resources/read.",
)
def resources(seen: Inventory) -> Sighting:
    """Data that a person or a client chooses to put into the context, without a call of the model."""
    if seen.items("resourceTemplates") and not seen.items("resources"):
        return implemented("templates of resources are listed", *pages_of(seen.items("resourceTemplates")))
    return offered(seen, "resources", "resources/list", "resources")


@feature(
    inventory,
    id="resources/templates",
    title="Templates of resources",
    since="2024-11-05",
    page="server/resources#resource-templates",
    priority=Priority.MEDIUM,
    remediation="Serve resources/templates/list with a URI template (RFC 6570) for each family of resources.",
)
def templates(seen: Inventory) -> Sighting:
    """A template tells of resources that are too many to be listed, and lets clients complete their variables."""
    items = seen.items("resourceTemplates")
    if items:
        return implemented(f"{len(items)} are listed", *pages_of(items))
    if not seen.declares("resources") or not seen.items("resources"):
        return unseen("the server has no resources")
    asked = seen.of("resources/templates/list")
    if asked:
        return missing("resources are declared, and no template is listed", *asked[:1])
    refused = [answer for answer in seen.refusals if answer.sent.method == "resources/templates/list"]
    if refused:
        return missing("resources are declared, and resources/templates/list is refused", *refused[:1])
    return unseen("resources/templates/list was not answered")


@feature(
    inventory,
    id="resources/subscriptions",
    title="Subscriptions to resources",
    since="2024-11-05",
    page="server/resources#subscriptions",
    priority=Priority.MEDIUM,
    remediation="Declare resources.subscribe, and notify subscribers when a resource changes.",
)
def subscriptions(seen: Inventory) -> Sighting:
    """Who shows a resource that changes wants to hear of it, instead of reading it again and again."""
    return declared(seen, "resources", "resources.subscribe")


@feature(
    inventory,
    id="resources/list-changed",
    title="Notifications when the list of resources changes",
    since="2024-11-05",
    page="server/resources#list-changed-notification",
    priority=Priority.LOW,
    remediation="Declare resources.listChanged and notify clients wherever resources come or go.",
)
def resources_list_changed(seen: Inventory) -> Sighting:
    """A client that is told of changes need not ask again and again, and shows no resource that is gone."""
    return declared(seen, "resources", "resources.listChanged")


@feature(
    inventory,
    id="prompts/prompts",
    title="Prompts",
    since="2024-11-05",
    page="server/prompts",
    priority=Priority.LOW,
    effort=Effort.LARGE,
    remediation="Declare the capability prompts, and serve prompts/list and prompts/get.",
)
def prompts(seen: Inventory) -> Sighting:
    """Ready texts that people start a conversation with: in many clients, a menu or slash commands."""
    return offered(seen, "prompts", "prompts/list", "prompts")


@feature(
    inventory,
    id="prompts/list-changed",
    title="Notifications when the list of prompts changes",
    since="2024-11-05",
    page="server/prompts#list-changed-notification",
    priority=Priority.LOW,
    remediation="Declare prompts.listChanged and notify clients wherever prompts come or go.",
)
def prompts_list_changed(seen: Inventory) -> Sighting:
    """A client that is told of changes need not ask again and again, and shows no prompt that is gone."""
    return declared(seen, "prompts", "prompts.listChanged")


@feature(
    inventory,
    id="completion/completions",
    title="Completion of arguments",
    since="2025-03-26",
    page="server/utilities/completion",
    priority=Priority.LOW,
    remediation="Declare completions, and serve completion/complete for arguments of prompts and templates.",
)
def completions(seen: Inventory) -> Sighting:
    """People who fill in an argument are shown what there is to choose from."""
    if seen.declares("completions") and seen.openings:
        return implemented("completions are declared", *seen.openings)
    answered = [answer for answer in seen.of("completion/complete") if "completion" in (answer.result or {})]
    if answered:
        return partial("completion/complete is answered, and not declared", *answered[:_SHOWN])
    if not (any(item.value.get("arguments") for item in seen.items("prompts")) or seen.items("resourceTemplates")):
        return unseen("no listed prompt has arguments, and no template is listed")
    if not seen.openings:
        return unseen("no declaration of capabilities was seen")
    return missing("completions are not declared", *seen.openings)


@feature(
    inventory,
    id="pagination/pagination",
    title="Lists in pages",
    since="2024-11-05",
    page="server/utilities/pagination",
    priority=Priority.MEDIUM,
    remediation="Give long lists in pages, with nextCursor on all but the last.",
)
def pagination(seen: Inventory) -> Sighting:
    """A list of hundreds in one message delays the start of every client, and goes over the bounds of some."""
    paged = [page for page in seen.pages if isinstance((page.result or {}).get("nextCursor"), str)]
    if paged:
        return implemented(f"{paged[0].sent.method} comes in pages", *paged[:_SHOWN])
    for page in seen.pages:
        items = (page.result or {}).get(LISTS.get(page.sent.method or "", ""))
        if isinstance(items, list) and len(items) > _LONG:
            return missing(f"{page.sent.method} gives {len(items)} items on one page", page)
    return unseen("no list is long enough to come in pages")


@feature(
    inventory,
    id="icons/icons",
    title="Icons",
    since="2025-11-25",
    page="basic#icons",
    priority=Priority.MEDIUM,
    effort=Effort.SMALL,
    remediation="Give icons to the server itself, and to tools, prompts and resources.",
)
def icons(seen: Inventory) -> Sighting:
    """Clients show icons in menus and in requests for consent: people find and recognise by them."""
    items = seen.items(*LISTS.values())
    having = [item for item in items if _icons(item.value)]
    servers = [opening for opening in seen.openings if any(_icons(info) for info in _server_infos(opening))]
    evidence = (*servers, *pages_of(having))
    if having and (servers or len(having) == len(items)):
        return implemented(_counted(len(having), len(items), bool(servers)), *evidence)
    if having or servers:
        return partial(_counted(len(having), len(items), bool(servers)), *evidence)
    if not items:
        return unseen("nothing is listed that could have icons")
    return missing(f"neither the server nor any of {len(items)} listed items has icons", *pages_of(items))


def _counted(having: int, items: int, server: bool) -> str:
    return f"{having} of {items} listed items have icons, the server itself has {'some' if server else 'none'}"


def _icons(value: JsonObject) -> bool:
    found = value.get("icons")
    return isinstance(found, list) and bool(found)


def _server_infos(opening: Exchange) -> Iterator[JsonObject]:
    """Yield what the server says of itself: in the result, or in its metadata from 2026-07-28 on."""
    result = opening.result or {}
    meta = result.get("_meta")
    for place in (result, meta if isinstance(meta, dict) else {}):
        for name in ("serverInfo", "io.modelcontextprotocol/serverInfo"):
            if isinstance(place.get(name), dict):
                yield place[name]
