"""Attempts to get in with credentials that are not good: what lets somebody in has to do so twice."""

from collections.abc import Sequence
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts
from mcp_audit_harness.model import Exchange, failed, not_observed, passed
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.challenge import let_in, opening, out_of_order


@dataclass(frozen=True, slots=True)
class Attempt:
    """The opening with one credential; `name` says what is wrong with it, as a noun phrase."""

    name: str
    first: Exchange
    again: Exchange | None = None
    """The same once more, on a connection of its own, where the first was let in."""

    @property
    def succeeded(self) -> bool:
        """Whether it was let in both times."""
        return let_in(self.first) and self.again is not None and let_in(self.again)


async def attempted(probe: Probe, name: str, headers: Headers) -> Attempt:
    """Open with `headers`, and once more if that lets the caller in."""
    first = await opening(probe, headers)
    return Attempt(name, first, await opening(probe, headers) if let_in(first) else None)


def judged(attempts: Sequence[Attempt], *controls: Exchange) -> Verdicts:
    """Judge that none of the attempts succeeded: a FAIL for each that did."""
    failures = [
        failed(
            f"The server let {attempt.name} in.",
            *(exchange for exchange in (attempt.first, attempt.again) if exchange is not None),
            *controls,
            subject=f"token:{attempt.name.replace(' ', '-')}",
        )
        for attempt in attempts
        if attempt.succeeded
    ]
    if failures:
        return failures
    refused = [one.first for one in attempts if not (out_of_order(one.first) or let_in(one.first))]
    return passed(*refused, *controls) if refused else not_observed("none of these tokens was refused", *controls)
