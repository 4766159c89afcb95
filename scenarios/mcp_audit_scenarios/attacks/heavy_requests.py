"""Requests that are heavy for their size: many headers, long numbers, many members, deep nesting."""

import json
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Era,
    Exchange,
    Impact,
    Outcome,
    Severity,
    failed,
    not_observed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.trials import Trial, control_and_template, fresh_id, how, plain_method
from .evidence import passed_if_answered
from .floods import REFERENCES, fate
from .occasions import newest_of_era

_SIZE = 1_000_000
"""Bytes of each heavy value, and of the harmless one of the control."""
_PLACE = "@here@"
_SLOW_MS, _TIMES_SLOWER = 1500.0, 15.0
_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class HeaderFlood:
    """An ordinary request, the same with too much in its headers, and the ordinary one again."""

    control: Exchange
    floods: tuple[Trial, ...]
    after: tuple[Exchange, ...]


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def header_flood(probe: Probe) -> HeaderFlood:
    control = await probe.request(plain_method(probe))
    if not control.ok:
        raise Unobservable(f"{plain_method(probe)} was answered with {how(control)}", control)
    floods = {
        "one header of 64 KiB": {"x-audit": "a" * 65536},
        "500 headers": {f"x-audit-{number}": "a" for number in range(500)},
        "an Origin of 16 KiB": {"origin": "http://" + "a" * 16384},
    }
    trials: list[Trial] = []
    after: list[Exchange] = []
    for what, headers in floods.items():
        trials.append(Trial(what, await probe.request(plain_method(probe), headers=headers)))
        after.append(await probe.request(plain_method(probe)))
    return HeaderFlood(control, tuple(trials), tuple(after))


@check(
    header_flood,
    id="exhaustion/header-flood",
    title="Many or long headers break the server",
    requirements=("exhaustion/bounds-input",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Bound the number and size of headers, and answer 431 or 400 beyond that.",
    references=REFERENCES,
)
def breaks_on_headers(seen: HeaderFlood) -> Verdicts:
    """Headers are read before anybody is asked who they are. An error of the server, or one that no longer answers,
    says that nobody has bounded them; a refusal, or an answer as if nothing were, is right.
    """
    broken = [
        failed(f"{trial.name.capitalize()} broke the server: {fate(trial.exchange)}.", trial.exchange, after)
        for trial, after in zip(seen.floods, seen.after, strict=False)
        if (trial.exchange.status or 0) >= 500 or (not after.ok and after.outcome is not Outcome.ANSWERED)
    ]
    if broken:
        return broken[0]
    if not all(after.ok for after in seen.after):
        return not_observed("an ordinary request after it was not served", *seen.after, seen.control)
    return passed_if_answered(*(trial.exchange for trial in seen.floods), *seen.after, seen.control)


@dataclass(frozen=True, slots=True)
class Heavy:
    """A heavy request, twice if it took long, with an ordinary one after it."""

    name: str
    exchange: Exchange
    again: Exchange | None
    after: Exchange


@dataclass(frozen=True, slots=True)
class HeavyRequests:
    """Requests of one size; the value of `control` is a plain text of that size."""

    control: Exchange
    heavy: tuple[Heavy, ...]


def _heavy_values() -> dict[str, str]:
    """Return JSON texts of about `_SIZE` bytes that cost naive parsers and validators the most."""
    members = _SIZE // 14
    return {
        "an integer of a million digits": "9" * _SIZE,
        "a fraction of a million digits": "0." + "3" * _SIZE,
        "an exponent beyond all numbers": "[" + ",".join(["1e999", "-1e999", "2e-999"] * (_SIZE // 20)) + "]",
        "70,000 members": "{" + ",".join(f'"k{number:06}":{number % 7}' for number in range(members)) + "}",
        "500,000 elements": "[" + ",".join("1" * (_SIZE // 2)) + "]",
        "the same name 90,000 times": "{" + ",".join(['"same":1'] * (_SIZE // 11)) + "}",
        "objects nested 100,000 deep": '{"a":' * 100_000 + "1" + "}" * 100_000,
        "arrays nested 100,000 deep": "[" * 100_000 + "]" * 100_000,
    }


async def _send(probe: Probe, template: dict[str, object], value: str) -> Exchange:
    params = template.get("params")
    given = params if isinstance(params, dict) else {}
    meta = {**given.get("_meta", {}), "example.com/odd": _PLACE}
    message = {**template, "id": fresh_id(probe), "params": {**given, "_meta": meta}}
    body = json.dumps(message).replace(json.dumps(_PLACE), value).encode()
    mirrored = {"mcp-method": plain_method(probe)} if probe.revision.era is Era.STATELESS else None
    return await probe.send_bytes(body, headers=mirrored, timeout=_PATIENCE_S)


def _is_slow(exchange: Exchange, control: Exchange) -> bool:
    return exchange.elapsed_ms > max(_SLOW_MS, _TIMES_SLOWER * control.elapsed_ms)


@scenario(impact=Impact.INTRUSIVE, needs=(newest_of_era,), alone=True, timeout_s=120.0)
async def heavy_requests(probe: Probe) -> HeavyRequests:
    _, template = await control_and_template(probe)
    control = await _send(probe, template, json.dumps("x" * _SIZE))
    if not control.answered:
        raise Unobservable("no answer came to a request with a text of a million characters", control)
    found: list[Heavy] = []
    for name, value in _heavy_values().items():
        first = await _send(probe, template, value)
        again = await _send(probe, template, value) if _is_slow(first, control) else None
        after = await probe.request(plain_method(probe))
        found.append(Heavy(name, first, again, after if after.ok else await probe.request(plain_method(probe))))
        if not found[-1].after.ok:
            break
    return HeavyRequests(control, tuple(found))


@check(
    heavy_requests,
    id="exhaustion/slow-on-heavy-json",
    title="Some JSON takes the server far longer than its size says",
    requirements=("exhaustion/serves-others-under-load",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Bound the digits of numbers, the members of objects and the depth before anything is converted.",
    references=(
        "https://cwe.mitre.org/data/definitions/407.html",
        "https://cwe.mitre.org/data/definitions/1284.html",
        "https://cwe.mitre.org/data/definitions/674.html",
    ),
)
def slow_on_heavy_json(seen: HeavyRequests) -> Verdicts:
    """Numbers are converted in time that grows with the square of their digits, names are hashed and compared,
    validators follow every member. A request that takes a millisecond to send then takes seconds to refuse, and in
    most servers nobody else is served meanwhile. A plain text of the same size is the measure.
    """
    slow = [
        failed(
            f"A request with {one.name} took {one.exchange.elapsed_ms:.0f} and {one.again.elapsed_ms:.0f} ms, one with "
            f"a text of that size {seen.control.elapsed_ms:.0f} ms.",
            one.exchange,
            one.again,
            seen.control,
            subject=f"value:{one.name.replace(' ', '-').replace(',', '')}",
        )
        for one in seen.heavy
        if one.again is not None and all(_is_slow(found, seen.control) for found in (one.exchange, one.again))
    ]
    if slow:
        return slow
    dead = [one for one in seen.heavy if not one.after.ok]
    if dead and dead[0].after.outcome in {Outcome.CLOSED, Outcome.RESET, Outcome.SILENT, Outcome.UNREACHABLE}:
        text = f"After a request with {dead[0].name} the server answered no ordinary one."
        return failed(text, dead[0].exchange, dead[0].after, seen.control)
    if dead:
        return not_observed(f"after {dead[0].name} an ordinary request got {how(dead[0].after)}", dead[0].after)
    return passed_if_answered(*(one.after for one in seen.heavy), seen.control)
