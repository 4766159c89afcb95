"""The mix: what clients ask of this target, how often and with which params, as far as its offer says."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mcp_audit_harness.load.plan import Ask, Profile
from mcp_audit_harness.model import Era, JsonObject, Offer

from ..arguments import valid_arguments
from ..fuzz.operations import COMPLETION, PROMPT, operations_of
from .variants import argument_variants
from .weights import WEIGHTS

MOST_NAMED: Final = 4
"""Resources, prompts and completions that are asked for in turn."""
_LONGEST_NAME: Final = 64
_LARGEST: Final = 256 << 10
"""Bytes of a resource, as it is listed, that is read again and again."""
_TEXTUAL: Final = ("text/", "application/json", "application/xml", "application/yaml")


@dataclass(frozen=True, slots=True)
class Mix:
    """What is to be sent, and why not more."""

    asks: tuple[Ask, ...]
    left_out: tuple[str, ...] = ()
    """One sentence for each thing."""
    alone_s: float = 0.0
    """How long one of these requests takes alone, on the average; 0: it was not tried."""


def mix_of(offer: Offer, tools: Sequence[JsonObject], profile: Profile) -> Mix:
    """Return what a profile makes of an offer; of its tools those that the operator lets us call.

    Each has the whole weight of its method. What is not offered is left out without a word, what may not be asked with
    a sentence.
    """
    weights = {method: weight for method, weight in (profile.mix or WEIGHTS).items() if weight > 0}
    left_out: list[str] = []
    asks = [
        *_lists(offer, weights),
        *(_calls(offer, tools, profile, left_out) if "tools/call" in weights else ()),
        *_named(offer),
    ]
    weighted = (replace(ask, weight=weights[ask.method]) for ask in asks if ask.method in weights)
    return Mix(tuple(weighted), tuple(left_out))


def shared(asks: Sequence[Ask]) -> tuple[Ask, ...]:
    """Return the asks of each method with equal shares of its weight."""
    counts = Counter(ask.method for ask in asks)
    return tuple(replace(ask, weight=ask.weight / counts[ask.method]) for ask in asks)


def subscribable(offer: Offer) -> tuple[str, ...]:
    """Return the URIs of some resources to whose changes a client may subscribe."""
    return tuple(_uris(offer))[:MOST_NAMED] if offer.declares("resources.subscribe") else ()


def _lists(offer: Offer, weights: Mapping[str, float]) -> Iterator[Ask]:
    """Yield what is asked without params: the lists of what is declared, and the plain request of the era."""
    plain = "ping" if offer.revision.era is Era.HANDSHAKE else "server/discover"
    declared = {"tools/list": "tools", "prompts/list": "prompts"}
    declared |= dict.fromkeys(("resources/list", "resources/templates/list"), "resources")
    for method in weights:
        if method == plain or offer.declares(declared.get(method, "")):
            yield Ask(method, method, 1.0, ({},))


def _calls(offer: Offer, tools: Sequence[JsonObject], profile: Profile, left_out: list[str]) -> Iterator[Ask]:
    """Yield a kind for each tool, with the arguments that its schema allows."""
    unasked, listed = len(offer.tools) - len(tools), len(offer.tools)
    if unasked:
        left_out.append(f"{unasked} of {listed} tools are not called; allow some with --tool NAME or --call all")
    for tool in tools:
        name = tool.get("name")
        if isinstance(name, str):
            variants = argument_variants(tool.get("inputSchema"), profile.payload_bytes)
            params = tuple({"name": name, "arguments": one} for one in variants)
            yield Ask(f"tools/call {name[:_LONGEST_NAME]}", "tools/call", 1.0, params)


def _named(offer: Offer) -> Iterator[Ask]:
    """Yield what is asked by name: resources to read, prompts to get, arguments to complete."""
    reads = tuple({"uri": uri} for uri in _uris(offer, textual=True))[:MOST_NAMED]
    gets, completes = _asked_with(offer, PROMPT), _asked_with(offer, COMPLETION)
    for method, variants in (("resources/read", reads), ("prompts/get", gets), ("completion/complete", completes)):
        if variants:
            yield Ask(method, method, 1.0, variants)


def _uris(offer: Offer, *, textual: bool = False) -> Iterator[str]:
    for item in offer.resources:
        uri, kind, size = item.get("uri"), item.get("mimeType"), item.get("size")
        is_text = not isinstance(kind, str) or kind.startswith(_TEXTUAL)
        is_small = not isinstance(size, int) or size <= _LARGEST
        if isinstance(uri, str) and ((is_text and is_small) or not textual):
            yield uri


def _asked_with(offer: Offer, kind: str) -> tuple[JsonObject, ...]:
    """Return the params of some requests of a kind, with plain arguments."""
    found = (operation for operation in operations_of(offer, ()) if operation.kind == kind)
    return tuple(one.request(valid_arguments(one.schema))[1] for one in itertools.islice(found, MOST_NAMED))
