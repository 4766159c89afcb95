"""Trials: a message with one defect beside the same message without it, and the ways to judge what came back."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Unobservable, Verdicts
from mcp_audit_harness.model import Era, Exchange, JsonObject, Transport, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

_SHORTEST_S, _LONGEST_S = 0.5, 3.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A spoiled message and its answer; `name` says what is wrong with it, as a noun phrase."""

    name: str
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Trials:
    """Several spoiled forms of one request; `control` is that request as it should be."""

    control: Exchange
    trials: tuple[Trial, ...]


def plain_method(probe: Probe) -> str:
    """Return the method that every server of the revision has to answer without parameters."""
    return "ping" if probe.revision.era is Era.HANDSHAKE else "server/discover"


async def control_and_template(probe: Probe) -> tuple[Exchange, JsonObject]:
    """Send a plain request and return its exchange and its message, to be spoiled.

    Raises:
        Unobservable: if it was not answered with a result, so that nothing can be learned from spoiled forms of it.
    """
    control = await probe.request(plain_method(probe))
    if not control.ok:
        raise Unobservable(f"{plain_method(probe)} was answered with {how(control)}, so there is no control", control)
    template: JsonObject = json.loads(control.sent.body)
    return control, template


def patience(control: Exchange) -> float | None:
    """Return how long to wait for the answer to an odd message, in seconds; None for the probe's own deadline.

    On stdio many servers drop what they cannot read, so there the wait follows from how long `control` took.
    """
    if control.transport is Transport.HTTP:
        return None
    return min(_LONGEST_S, max(_SHORTEST_S, 20 * control.elapsed_ms / 1000))


def fresh_id(probe: Probe) -> int:
    """Return an id that no request of the session has used, and that fits 31 bits."""
    return probe.rng.randrange(1_000_000, 2_000_000_000)


async def try_messages(
    probe: Probe, control: Exchange, named: Iterable[tuple[str, Any]], method: str | None = None
) -> tuple[Trial, ...]:
    """Send each message as it is; `method` is what the header that mirrors it says in the stateless era."""
    headers = {"mcp-method": method or plain_method(probe)} if probe.revision.era is Era.STATELESS else None
    timeout = patience(control)
    return tuple([Trial(name, await probe.send(message, headers=headers, timeout=timeout)) for name, message in named])


def served(exchange: Exchange) -> bool:
    """Whether the target answered with a result, whatever its id."""
    return any("result" in response for response in exchange.responses)


def error_of(exchange: Exchange) -> JsonObject | None:
    """Return the first error that came back, whatever its id."""
    errors = (response.get("error") for response in exchange.responses)
    return next((error for error in errors if isinstance(error, dict)), None)


def code_of(exchange: Exchange) -> int | None:
    """Return the integer code of the first error that came back."""
    code = (error_of(exchange) or {}).get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def how(exchange: Exchange) -> str:
    """Return what came back, as a noun phrase."""
    status = f"HTTP {exchange.status}" if exchange.status is not None else ""
    if served(exchange):
        return "a result"
    if error_of(exchange) is not None:
        code = code_of(exchange)
        error = "an error without an integer code" if code is None else f"error {code}"
        return f"{status} and {error}" if status and status != "HTTP 200" else error
    return status or {"silent": "nothing", "closed": "the end of the connection"}.get(exchange.outcome, "nothing")


def refused_by_status(exchange: Exchange) -> bool:
    """Whether the HTTP status alone says no."""
    return exchange.status is not None and exchange.status >= 400


def never_served(control: Exchange, trials: Sequence[Trial]) -> Verdicts:
    """Judge that no trial gets a result: a FAIL for each that does."""
    failures = [
        failed(f"The server answered {trial.name} with a result.", trial.exchange, control, subject=subject_of(trial))
        for trial in trials
        if served(trial.exchange)
    ]
    answered = [trial.exchange for trial in trials if trial.exchange.answered]
    if failures:
        return failures
    if not answered:
        return not_observed("no answer came to any of the spoiled messages", control)
    return passed(*answered, control)


def right_code(control: Exchange, trials: Sequence[Trial], codes: frozenset[int]) -> Verdicts:
    """Judge the error code of each trial that was refused with an error; an HTTP status of 400 or more is enough."""
    with_error = [trial for trial in trials if error_of(trial.exchange) is not None]
    wanted = " or ".join(str(code) for code in sorted(codes, reverse=True))
    failures = [
        failed(
            f"The server answered {trial.name} with {how(trial.exchange)}, not with {wanted}.",
            trial.exchange,
            control,
            subject=subject_of(trial),
        )
        for trial in with_error
        if code_of(trial.exchange) not in codes and not refused_by_status(trial.exchange)
    ]
    if failures:
        return failures
    refused = [
        trial.exchange
        for trial in trials
        if trial.exchange.answered and (trial in with_error or refused_by_status(trial.exchange))
    ]
    return passed(*refused, control) if refused else not_observed("no trial was refused with an error", control)


def subject_of(trial: Trial) -> str:
    """Return what a finding calls the spoiled message: one word, for baselines."""
    return f"message:{trial.name.replace(' ', '-')}"
