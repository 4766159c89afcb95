"""Log levels: those of syslog, and none else (server/utilities/logging)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import capability, check, scenario
from mcp_audit_harness.model import (
    Category,
    Era,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

_LEVEL = "io.modelcontextprotocol/logLevel"
_NO_LEVEL = "deafening"
_INVALID_PARAMS = -32602


@dataclass(frozen=True, slots=True)
class Levels:
    """A level of syslog, and a word that is none, set in the way of the era."""

    control: Exchange
    spoiled: Exchange


@scenario(needs=(capability("logging"),), impact=Impact.PROBING)
async def levels(probe: Probe) -> Levels:
    if probe.revision.era is Era.HANDSHAKE:
        return Levels(
            control=await probe.request("logging/setLevel", {"level": "error"}),
            spoiled=await probe.request("logging/setLevel", {"level": _NO_LEVEL}),
        )
    return Levels(
        control=await probe.request("server/discover", meta={_LEVEL: "error"}),
        spoiled=await probe.request("server/discover", meta={_LEVEL: _NO_LEVEL}),
    )


@check(
    levels,
    id="logging/accepts-unknown-level",
    title="Log level that does not exist is accepted",
    requirements=("logging/logging-errors", "logging/invalid-log-level"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 to any word but the eight levels of syslog.",
)
def accepts_unknown_level(seen: Levels) -> Verdict:
    """The caller believes that it set a level, and hears too much or nothing."""
    if not seen.control.ok:
        return not_observed("a level of syslog was not accepted", seen.control)
    if seen.spoiled.ok:
        return failed(f"the level {_NO_LEVEL!r} was accepted", seen.spoiled, seen.control)
    if seen.spoiled.answered and seen.spoiled.refused:
        return passed(seen.spoiled, seen.control)
    return not_observed("no answer", seen.spoiled)


@check(
    levels,
    id="logging/wrong-code-for-unknown-level",
    title="Unknown log level is refused with a code other than -32602",
    requirements=("logging/logging-errors", "logging/invalid-log-level"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 (invalid params).",
)
def wrong_code_for_unknown_level(seen: Levels) -> Verdict:
    """By the code a client tells its own mistake from a failure of the server."""
    if not seen.control.ok or seen.spoiled.error is None:
        return not_observed("no refusal of the unknown level was seen", seen.spoiled, seen.control)
    if seen.spoiled.error_code == _INVALID_PARAMS:
        return passed(seen.spoiled, seen.control)
    return failed(f"the error has code {seen.spoiled.error_code}, not {_INVALID_PARAMS}", seen.spoiled, seen.control)
