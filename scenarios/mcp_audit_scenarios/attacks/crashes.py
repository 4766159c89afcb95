"""Messages that are known to end parsers: deep nesting, huge numbers, endless names.

Whether the server refuses or serves them is not judged here, only whether it answers the next correct request.
"""

import json
from dataclasses import dataclass

from mcp_audit_harness.declare import check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    Category,
    Era,
    Exchange,
    Impact,
    Outcome,
    Severity,
    Transport,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.trials import control_and_template, fresh_id, patience, plain_method

_DEPTH = 10_000
_DIGITS = 20_000
_LETTERS = 100_000
_PLACE = "@here@"
_REQUIREMENTS = ("robustness/keeps-answering",)
_EXHAUSTION = "https://cwe.mitre.org/data/definitions/400.html"


@dataclass(frozen=True, slots=True)
class Survival:
    """A control, the odd request, and ordinary requests after it: on new sessions, or on stdio in the same process."""

    control: Exchange
    odd: Exchange
    after: tuple[Exchange, ...]


async def _survive(probe: Probe, odd: str, *, member: str) -> Survival:
    """Send the plain request with the text `odd` as a value in `_meta`, or as its method."""
    control, template = await control_and_template(probe)
    message = {**template, "id": fresh_id(probe)}
    if member == "method":
        message["method"] = _PLACE
    else:
        params = message.get("params") or {}
        message["params"] = {**params, "_meta": {**params.get("_meta", {}), "example.com/odd": _PLACE}}
    body = json.dumps(message).replace(json.dumps(_PLACE), odd).encode()
    mirrored = {"mcp-method": plain_method(probe)} if probe.revision.era is Era.STATELESS else None
    sent = await probe.send_bytes(body, headers=mirrored, timeout=patience(control))
    return Survival(control, sent, await _aftermath(probe))


async def _aftermath(probe: Probe) -> tuple[Exchange, ...]:
    """Send ordinary requests until one is answered, twice at most."""
    attempts: list[Exchange] = []
    for _ in range(2):
        attempts.append(await _ordinary(probe))
        if attempts[-1].answered and not _fails(attempts[-1]):
            break
    return tuple(attempts)


async def _ordinary(probe: Probe) -> Exchange:
    if probe.transport is Transport.STDIO or probe.revision.era is Era.STATELESS:
        return await probe.request(plain_method(probe))
    return await probe.initialize()


def _fails(exchange: Exchange) -> bool:
    return exchange.status is not None and exchange.status >= 500


def _judge(seen: Survival, what: str) -> Verdict:
    if not seen.after:
        return not_observed("no control was sent after it", seen.odd, seen.control)
    last = seen.after[-1]
    if last.answered and not _fails(last):
        return passed(last, seen.odd, seen.control)
    dead = _fails(last) or last.outcome in {Outcome.CLOSED, Outcome.RESET, Outcome.UNREACHABLE, Outcome.SILENT}
    if not dead:
        return not_observed(f"the control after it ended as {last.outcome}", seen.odd, *seen.after)
    return failed(f"After {what} the server answered no ordinary request.", seen.odd, *seen.after, seen.control)


@scenario(impact=Impact.PROBING, alone=True, timeout_s=45, thorough=True)
async def deep_nesting(probe: Probe) -> Survival:
    return await _survive(probe, "[" * _DEPTH + "]" * _DEPTH, member="params")


@check(
    deep_nesting,
    id="robustness/dies-on-deep-nesting",
    title="A deeply nested message ends the server",
    requirements=_REQUIREMENTS,
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Bound the depth that your JSON parser and validator follow, and answer deeper messages with -32700.",
    references=("https://cwe.mitre.org/data/definitions/674.html",),
)
def dies_on_deep_nesting(seen: Survival) -> Verdict:
    """Parsers and validators that call themselves for each level run out of stack. 20 kilobytes of brackets then end
    the process for all its users.
    """
    return _judge(seen, f"a message of {_DEPTH} levels")


@scenario(impact=Impact.PROBING, alone=True, timeout_s=45, thorough=True)
async def huge_integer(probe: Probe) -> Survival:
    return await _survive(probe, "9" * _DIGITS, member="params")


@check(
    huge_integer,
    id="robustness/dies-on-huge-integer",
    title="A huge integer ends the server",
    requirements=_REQUIREMENTS,
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Refuse numbers beyond 64 bits, and catch what your JSON parser raises for them.",
    references=("https://cwe.mitre.org/data/definitions/1284.html", _EXHAUSTION),
)
def dies_on_huge_integer(seen: Survival) -> Verdict:
    """JSON sets no limit to numbers. Conversion takes time that grows with the square of the length, or raises where
    nobody expects it.
    """
    return _judge(seen, f"an integer of {_DIGITS} digits")


@scenario(spec=HANDSHAKE, impact=Impact.PROBING, alone=True, timeout_s=45, thorough=True)
async def long_method(probe: Probe) -> Survival:
    return await _survive(probe, json.dumps("audit/" + "a" * _LETTERS), member="method")


@check(
    long_method,
    id="robustness/dies-on-long-method",
    title="A very long method name ends the server",
    requirements=_REQUIREMENTS,
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Look methods up in a table, and cut names that you log or send back.",
    references=(_EXHAUSTION,),
)
def dies_on_long_method(seen: Survival) -> Verdict:
    """Names end up in logs, metrics, patterns and error messages, some of which have limits that raise."""
    return _judge(seen, f"a method name of {_LETTERS} characters")
