"""How a feature shows in what was seen: in a capability, in a list, or in a share of what is listed."""

import json
from collections.abc import Callable, Iterable, Sequence

from mcp_audit_harness.model import Exchange, Sighting, implemented, missing, partial, unseen

from .inventory import LISTS, Inventory, Item

_SHOWN = 5


def offered(seen: Inventory, capability: str, method: str, kind: str) -> Sighting:
    """Return whether a capability is declared, and its list has something to show."""
    items = seen.items(kind)
    if items:
        return implemented(f"{len(items)} are listed", *pages_of(items))
    if not seen.openings:
        return unseen("no declaration of capabilities was seen")
    if not seen.declares(capability):
        return missing(f"the capability {capability} is not declared", *seen.openings)
    empty = seen.of(method)
    return partial(f"{capability} is declared, and the list is empty", *(empty or seen.openings)[:1])


def declared(seen: Inventory, area: str, capability: str) -> Sighting:
    """Return whether a member of the capability `area` is declared; unseen where the area is not, or is empty."""
    if not seen.openings:
        return unseen("no declaration of capabilities was seen")
    if seen.declares(capability):
        return implemented(f"{capability} is declared", *seen.openings)
    if not seen.declares(area):
        return unseen(f"the server does not declare {area}")
    if not any(seen.items(kind) for kind in LISTS.values() if kind.startswith(area.removesuffix("s"))):
        return unseen(f"the server lists no {area}")
    return missing(f"{area} is declared without {capability.rpartition('.')[2]}", *seen.openings)


def share(items: Sequence[Item], noun: str, what: str, has: Callable[[Item], bool]) -> Sighting:
    """Return how many of some listed items have something: all, some, or none."""
    having = [item for item in items if has(item)]
    if not items:
        return unseen(f"no {noun} are listed")
    if len(having) == len(items):
        return implemented(f"all {len(items)} {noun} have {what}", *pages_of(having))
    if having:
        return partial(f"{len(having)} of {len(items)} {noun} have {what}", *pages_of(having))
    return missing(f"none of {len(items)} {noun} has {what}", *pages_of(items))


def pages_of(items: Iterable[Item]) -> list[Exchange]:
    """Return the pages on which items stand, each once, the first few."""
    found = {item.page.id: item.page for item in items}
    return list(found.values())[:_SHOWN]


def called_name(call: Exchange) -> str:
    """Return the name of the tool that was called; empty where it cannot be read."""
    try:
        name = json.loads(call.sent.body)["params"]["name"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return name if isinstance(name, str) else ""
