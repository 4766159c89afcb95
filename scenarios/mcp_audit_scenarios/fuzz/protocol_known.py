"""What is known of a target before its messages are fuzzed: which correct ones it answers, what it is lax about anyway.

Other checks spoil the plain request in one known way each. What a target shows there is their finding, so that the
same cause is none of fuzzing's.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.model import Exchange, JsonObject, Outcome, Revision, Transport
from mcp_audit_harness.model.fuzzing import Flaw
from mcp_audit_harness.probe import Probe

from .message_changes import text_of
from .message_templates import Names, correct_messages
from .messages import MessageCase, unchanged
from .protocol_consent import consent_filter
from .protocol_oracles import ACCEPTS, BREAKS, LEAKS, STOPS, flaws_of
from .protocol_play import Player

_SLOW_MS: Final = 1000
_SAMPLES: Final = 3
_STATUS: Final = "HTTP 5xx"


async def answered_messages(probe: Probe) -> tuple[list[JsonObject], tuple[Exchange, ...]]:
    """Send each correct message once; return those that are answered at once, and a few results.

    Raises:
        Unobservable: if none is answered with a result.
    """
    found: list[JsonObject] = []
    samples: list[Exchange] = []
    may_send = consent_filter(probe)
    for message in correct_messages(probe.revision, _names(probe), probe.offer):
        case = unchanged(message, probe.revision)
        again = message["method"] == "initialize" and probe.transport is not Transport.HTTP
        if again or not may_send(case):
            continue
        exchange = await probe.send_bytes(case.numbered())
        if exchange.elapsed_ms < _SLOW_MS and exchange.outcome is Outcome.ANSWERED:
            found.append(message)
            samples.extend([exchange] if exchange.ok else [])
    if not samples:
        raise Unobservable("no correct message was answered with a result, so there is no control")
    return found, tuple(samples[:_SAMPLES])


def _names(probe: Probe) -> Names:
    """Return what the target lists, as far as it may be used."""
    tools = [str(tool.get("name")) for tool in probe.callable_tools()]
    prompts = [str(prompt.get("name")) for prompt in probe.offer.prompts]
    resources = [str(resource.get("uri")) for resource in probe.offer.resources]
    found = {"tool": tools, "prompt": prompts, "resource": resources}
    return replace(Names(), **{name: values[0] for name, values in found.items() if values})


async def excuse(one: Player, messages: Sequence[JsonObject]) -> None:
    """Note what correct messages, and those that other checks spoil, show anyway."""
    correct = [unchanged(message, one.probe.revision) for message in messages]
    theirs = [*spoiled(correct[0]), *_without_params(messages, one.probe.revision)]
    for cases, is_theirs in ((correct, _any), (theirs, _lax)):
        for case in cases:
            shown = flaws_of(await one.deliver(case))
            one.excused.update((flaw.oracle, flaw.cause) for flaw in shown if is_theirs(flaw))
            if one.session is None or not one.session.usable:
                await one.reopen()


def _any(flaw: Flaw) -> bool:
    return flaw.oracle != STOPS


def _lax(flaw: Flaw) -> bool:
    return flaw.oracle in {ACCEPTS, LEAKS} or (flaw.oracle == BREAKS and not flaw.cause.startswith(_STATUS))


def _without_params(messages: Iterable[JsonObject], revision: Revision) -> Iterator[MessageCase]:
    """Yield the messages without their parameters: the checks of parameters spoil them one by one."""
    for message in messages:
        params = message.get("params")
        if params and "id" in message:
            kept = {name: value for name, value in params.items() if name == "_meta"}
            yield unchanged({**message, "params": kept}, revision)


def spoiled(case: MessageCase) -> list[MessageCase]:
    """Return the forms in which the checks of JSON-RPC spoil the plain request."""
    message: JsonObject = json.loads(case.body)
    texts = [*map(text_of, _messages(message)), *[spoil(case.body) for spoil in _TEXTS]]
    return [replace(case, body=text) for text in texts]


def _messages(message: JsonObject) -> Iterator[Any]:
    for name in ("jsonrpc", "method"):
        yield {key: value for key, value in message.items() if key != name}
    for name, values in _VALUES.items():
        yield from ({**message, name: value} for value in values)
    yield from ({**message, "method": [message["method"]]}, message["method"], None, [], [message])


_VALUES: Final[dict[str, Iterable[Any]]] = {
    "jsonrpc": ("1.0",),
    "method": (7,),
    "id": (None, True, 1.5, [], {}),
    "params": ("text", []),
}
_TEXTS: Final[tuple[Callable[[bytes], bytes], ...]] = (
    lambda text: text[:-1],
    lambda text: text.replace(b"{", b"{/* audit */", 1),
    lambda text: text.replace(b'"', b"'"),
    lambda text: text.replace(b"{", b'{"audit":NaN,', 1),
    lambda text: text.replace(b"{", b'{"audit":0x10,', 1),
    lambda text: text.replace(b"{", b'{"audit":"\xff",', 1),
    lambda text: text.decode().encode("utf-16"),
)
"""How text that is nearly JSON, or nearly UTF-8, is made by other checks."""
