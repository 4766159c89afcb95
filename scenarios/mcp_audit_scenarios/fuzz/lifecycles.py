"""Fuzzing of the order in which a client does things: the lifecycle, sessions, streams, subscriptions, tasks."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import Category, Era, Exchange, Impact, Severity, Transport
from mcp_audit_harness.model.fuzzing import Flaw, Fuzzed, FuzzedOperation, FuzzFailure
from mcp_audit_harness.probe import Probe, Session

from ..attacks.occasions import newest_of_era
from . import NEEDS_EXTRA
from .lifecycles_oracles import BREAKS, ENDED, FORGETS
from .lifecycles_play import as_json, shared_session, walk
from .machine import Action, Expected, Step, actions, lifecycle_steps
from .protocol_verdicts import judged

if TYPE_CHECKING:
    from mcp_audit_harness.fuzz.search import Minimal

_SUBJECT: Final = "lifecycle"
_SAMPLES: Final = 3
_MOST_PROCESSES: Final = 40
"""Sequences where each costs a process or two."""
_FIRST: Final = {
    Action.UNSUBSCRIBE: Action.SUBSCRIBE,
    Action.GET_TASK: Action.TASK,
    Action.CANCEL_TASK: Action.TASK,
    Action.CLOSE_STREAM: Action.STREAM,
    Action.UNLISTEN: Action.LISTEN,
}
_CWE_372: Final = "https://cwe.mitre.org/data/definitions/372.html"


@dataclass(frozen=True, slots=True)
class _Known:
    """What the target does when it is asked in the plainest order."""

    actions: tuple[Action, ...]
    controls: dict[Action, Exchange]


@scenario(impact=Impact.PROBING, needs=(newest_of_era,), timeout_s=600, deep=True)
async def sequences(probe: Probe) -> Fuzzed:
    """Take steps of a client in any order; an order that shows a flaw is made short and gone through once more."""
    try:
        from mcp_audit_harness.fuzz.search import search  # noqa: PLC0415 - only with the extra `fuzz`
    except ImportError:
        raise Unobservable(NEEDS_EXTRA) from None
    settings, begun, note = probe.fuzzing, time.monotonic(), ""
    cases = settings.cases
    if probe.transport is not Transport.HTTP and probe.revision.era is Era.HANDSHAKE:
        cases, note = min(cases, _MOST_PROCESSES), "fewer sequences, as each needs a process of its own"
    async with shared_session(probe) as shared:
        known = await _known(probe, shared)

        async def play(steps: tuple[Step, ...]) -> list[Flaw]:
            return [flaw for taken in await walk(probe, steps, shared) for flaw in taken.flaws]

        with probe.off_the_record():
            strategy = lifecycle_steps(probe.revision, probe.transport, known.actions)
            subject = f"{_SUBJECT}-{probe.revision}"
            found = await search(strategy, play, subject=subject, cases=cases, settings=settings)
        failures = [await _failure(probe, minimal, known, shared) for minimal in found.found if minimal.steady]
    samples = tuple(control for control in known.controls.values() if control.ok)[:_SAMPLES]
    seconds = time.monotonic() - begun
    operation = FuzzedOperation(
        _SUBJECT,
        found.cases,
        valid=found.cases,
        covered=tuple(known.actions),
        coverable=len(actions(probe.revision, probe.transport)),
        seconds=seconds,
        note=note,
        samples=samples,
    )
    return Fuzzed((operation,), tuple(failures))


async def _known(probe: Probe, shared: Session | None) -> _Known:
    """Try each action in the plainest order, and keep those that the target serves.

    Raises:
        Unobservable: if it serves none.
    """
    chosen: list[Action] = []
    controls: dict[Action, Exchange] = {}
    for action in actions(probe.revision, probe.transport):
        first = _FIRST.get(action)
        if first is not None and first not in chosen:
            continue
        try:
            taken = await walk(probe, [Step(one) for one in (first, action) if one is not None], shared)
        except SearchEnds:
            raise Unobservable("the target can no longer be reached") from None
        last = next((one for one in taken if one.step.action is action), None)
        if last is not None:
            controls[action] = last.exchange
        wanted = last is not None and not last.flaws and (last.served or last.expected is Expected.ANYTHING)
        silent = last is None and action in {Action.OPEN, Action.CLOSE_STREAM, Action.UNLISTEN}
        if silent or (wanted and (action is not Action.END or (last is not None and last.served))):
            chosen.append(action)
    if not any(control.ok for control in controls.values()):
        raise Unobservable("nothing is served in the plainest order, so there is no control")
    return _Known(tuple(chosen), controls)


async def _failure(
    probe: Probe, minimal: "Minimal[tuple[Step, ...]]", known: _Known, shared: Session | None
) -> FuzzFailure:
    flaw, steps = minimal.flaw, minimal.case
    try:
        taken = await walk(probe, steps, shared)
    except SearchEnds:
        taken = []
    control = known.controls.get(taken[-1].step.action if taken else Action.PING)
    if control is None or not control.ok:
        control = known.controls.get(Action.PING)
    return FuzzFailure(
        flaw.oracle,
        _SUBJECT,
        flaw.cause,
        flaw.message,
        as_json(steps, taken),
        tuple(one.exchange for one in taken),
        control,
        again=(flaw.oracle, flaw.cause) in {(one.oracle, one.cause) for step in taken for one in step.flaws},
        cases=minimal.first_after,
    )


@check(
    sequences,
    id=BREAKS,
    title="In a certain order of messages the server refuses what it otherwise serves",
    requirements=("fuzz/keeps-lifecycle",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Keep the state of a conversation in one table, and let only the messages that it names change it.",
    references=(_CWE_372,),
)
def breaks_lifecycle(seen: Fuzzed) -> Verdicts:
    """Flags that several handlers set end up in combinations nobody tried. Clients cancel late, subscribe twice and
    repeat themselves; what is allowed afterwards has to work as it does alone. The order is the shortest that shows it.
    """
    return judged(seen, BREAKS)


@check(
    sequences,
    id=FORGETS,
    title="In a certain order of messages the server forgets a session",
    requirements=("fuzz/keeps-session",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="End sessions when the client ends them or when they have long been idle, and not by the way.",
    references=(_CWE_372,),
)
def forgets_session(seen: Fuzzed) -> Verdicts:
    """A server may end a session at any time, but one that does so because of a message that it should have ignored
    makes its clients begin anew, and what they had subscribed to and begun is lost.
    """
    return judged(seen, FORGETS)


@check(
    sequences,
    id=ENDED,
    title="A session that was ended is served again after certain messages",
    requirements=("fuzz/ended-stays-ended",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Forget the id of a session when it ends, so that no later message can find it.",
    references=("https://cwe.mitre.org/data/definitions/613.html",),
)
def serves_ended_session(seen: Fuzzed) -> Verdicts:
    """Whoever ends a session relies on its id being worthless from then on. The plain case has a check of its own; here
    the session comes back to life after what else was sent.
    """
    return judged(seen, ENDED)
