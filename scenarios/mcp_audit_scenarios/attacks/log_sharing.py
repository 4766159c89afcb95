"""Whether the log level of one session is the level of another (server/utilities/logging)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, callable_tool, capability, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.log_messages import METHOD
from ..conformance.log_trials import LEVELS, Desk, logging_tool
from .occasions import newest_of_era


@dataclass(frozen=True, slots=True)
class SharedLevel:
    """Calls of one session, before another one set its own level, after that, and after a new level of the first."""

    tool: str
    before: tuple[Exchange, ...]
    setting: Exchange
    after: tuple[Exchange, ...]
    restored: tuple[Exchange, ...]


@scenario(
    spec=HANDSHAKE,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(capability("logging"), callable_tool, newest_of_era),
    timeout_s=45.0,
    bench=Bench.DIAGNOSTICS,
)
async def shared_level(probe: Probe) -> SharedLevel:
    """Let one session hear everything, and another one ask for emergencies only."""
    async with probe.session() as mine, probe.session() as theirs:
        if not (mine.usable and theirs.usable):
            raise Unobservable("two sessions could not be opened")
        async with mine.stream() as stream:
            desk = Desk(mine, probe.revision.era, stream)
            await desk.set_level(LEVELS[0])
            tool, before = await logging_tool(probe, desk)
            setting = await theirs.request("logging/setLevel", {"level": LEVELS[-1]})
            after = await desk.call(tool, LEVELS[0])
            await desk.set_level(LEVELS[0])
            return SharedLevel(str(tool["name"]), before, setting, after, await desk.call(tool, LEVELS[0]))


def _heard(exchanges: tuple[Exchange, ...]) -> bool:
    return any(exchange.notifications(METHOD) for exchange in exchanges)


@check(
    shared_level,
    id="logging/shares-level",
    title="One client sets the log level of another",
    requirements=("logging/level-per-session",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Keep the level with the session, not in the logger of the process.",
    references=("https://cwe.mitre.org/data/definitions/488.html",),
)
def shares_level(seen: SharedLevel) -> Verdict:
    """Whoever asks for emergencies only then silences the log of everybody, and whoever asks for everything makes the
    others pay for it.
    """
    evidence = (*seen.before, seen.setting, *seen.after, *seen.restored)
    if not seen.setting.ok:
        return not_observed("the level could not be set", seen.setting)
    if not (_heard(seen.before) and _heard(seen.restored)):
        return not_observed("the tool did not log each time, so that its silence tells nothing", *evidence)
    if not _heard(seen.after):
        text = "After another session asked for emergencies only, this one heard nothing until it set its level again."
        return failed(text, *evidence, subject=f"tool:{seen.tool}")
    return passed(*evidence)
