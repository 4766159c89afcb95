"""Tools that take their time: found by what earlier calls took, by an argument that says how long, or by name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.model import Exchange, JsonObject
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments

FIXTURE = "test_slow_tool"
"""Takes the argument `seconds`; the resource `RECORD` lists, by these seconds, the calls of it that were cancelled."""
RECORD = "test://cancelled-calls"
_FIXTURE_S = 0.6
_SHORTEST_S, _LONGEST_S = 0.3, 5.0
_DURATIONS = frozenset({"seconds", "duration", "delay", "sleep", "duration_seconds", "delay_seconds", "sleep_seconds"})
_NUMBERS = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class SlowCall:
    """A call that takes its time, and the proof: one like it was made, and left alone."""

    params: JsonObject
    control: Exchange
    recorded: bool
    """Whether the target has a record of cancelled calls."""

    @property
    def lasts_s(self) -> float:
        """Seconds until the control was answered."""
        return self.control.elapsed_ms / 1000


@dataclass(frozen=True, slots=True)
class Record:
    """What the target itself says of cancelled calls, and by what it knows the one that was made."""

    exchange: Exchange
    seconds: float

    @property
    def cancelled(self) -> bool | None:
        """Whether the call is among the cancelled ones; None where the record cannot be read."""
        contents = (self.exchange.result or {}).get("contents")
        first = contents[0] if isinstance(contents, list) and contents else None
        text = first.get("text") if isinstance(first, dict) else None
        try:
            found = json.loads(text) if isinstance(text, str) else None
        except ValueError:
            return None
        listed = found.get("ofSeconds") if isinstance(found, dict) else None
        return self.seconds in listed if isinstance(listed, list) else None


async def slow_call(probe: Probe) -> SlowCall:
    """Find a tool that takes its time, and call it once.

    Raises:
        Unobservable: none of those that may be called does, or the one that should answered at once.
    """
    params = next(_candidates(probe), None)
    if params is None:
        raise Unobservable("no tool that may be called takes its time; allow more with --call all or --tool NAME")
    token = {"progressToken": f"slow-{probe.rng.getrandbits(48):x}"}
    control = await probe.request("tools/call", params, meta=token, timeout=_LONGEST_S)
    if not succeeded(control) or control.elapsed_ms < _SHORTEST_S * 1000:
        how = "answered at once" if control.ok else "did not answer with a result in time"
        raise Unobservable(f"the tool {params['name']} was called because it should take its time, and {how}", control)
    if params["name"] != FIXTURE:
        return SlowCall(params, control, recorded=False)
    seconds = _FIXTURE_S + probe.rng.randrange(1, 100_000) / 1_000_000
    recorded = any(resource.get("uri") == RECORD for resource in probe.offer.resources)
    return SlowCall({"name": FIXTURE, "arguments": {"seconds": seconds}}, control, recorded)


def succeeded(call: Exchange) -> bool:
    """Whether a call gave a result that is no error."""
    return call.result is not None and call.result.get("isError") is not True


async def record_of(probe: Probe, call: SlowCall) -> Record | None:
    """Read the record of cancelled calls, where the target has one of the called tool."""
    if not call.recorded:
        return None
    return Record(await probe.request("resources/read", {"uri": RECORD}), call.params["arguments"]["seconds"])


def _candidates(probe: Probe) -> Iterator[JsonObject]:
    """Yield the parameters of calls that should take their time, the surest first."""
    tools = {str(tool.get("name")): tool for tool in probe.callable_tools()}
    if FIXTURE in tools:
        yield {"name": FIXTURE, "arguments": {"seconds": _FIXTURE_S}}
    yield from _seen(probe, tools)
    yield from timed_calls(probe)


def timed_calls(probe: Probe) -> Iterator[JsonObject]:
    """Yield the parameters of calls that say how long they should take: one second, if that is the unit."""
    for tool in probe.callable_tools():
        schema = tool.get("inputSchema")
        argument = _duration(schema)
        if argument is not None:
            yield {"name": str(tool.get("name")), "arguments": {**valid_arguments(schema), argument: 1}}


def _seen(probe: Probe, tools: dict[str, JsonObject]) -> Iterator[JsonObject]:
    """Yield calls that succeeded, and took long, when other scenarios made them."""
    for exchange in probe.transcript:
        slow = _SHORTEST_S * 1000 <= exchange.elapsed_ms <= _LONGEST_S * 800
        if not slow or exchange.sent.method != "tools/call" or not succeeded(exchange):
            continue
        try:
            params = json.loads(exchange.sent.body)["params"]
            name, arguments = params["name"], params.get("arguments")
        except (ValueError, KeyError, TypeError):
            continue
        if name in tools:
            yield {"name": name, **({"arguments": arguments} if isinstance(arguments, dict) else {})}


def _duration(schema: object) -> str | None:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        if str(name).lower() in _DURATIONS and isinstance(inner, dict) and inner.get("type") in _NUMBERS:
            return str(name)
    return None
