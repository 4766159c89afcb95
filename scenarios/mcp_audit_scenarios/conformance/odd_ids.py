"""Ids that no request may have: null, fractions, booleans, objects, arrays (page `basic`, requests)."""

from typing import Any

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import Category, Impact, Severity, Transport, failed, not_applicable, not_observed, passed
from mcp_audit_harness.probe import Probe

from .trials import Trials, control_and_template, how, never_served, subject_of, try_messages

_NULL = "a request with the id null"
_ODD: tuple[tuple[str, Any], ...] = (
    (_NULL, None),
    ("a request with a fraction for its id", 1.5),
    ("a request with a boolean for its id", True),
    ("a request with an object for its id", {"id": 1}),
    ("a request with an array for its id", [1]),
)


@scenario(impact=Impact.PROBING, thorough=True)
async def odd_ids(probe: Probe) -> Trials:
    """Send the plain request under ids of types that are not allowed."""
    control, template = await control_and_template(probe)
    messages = [(name, {**template, "id": value}) for name, value in _ODD]
    return Trials(control, await try_messages(probe, control, messages))


@check(
    odd_ids,
    id="jsonrpc/serves-null-id",
    title="A request with the id null is served",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse messages that have a method and the id null with error -32600.",
)
def serves_null_id(seen: Trials) -> Verdicts:
    """MCP forbids the id null, which JSON-RPC keeps for errors about requests that could not be read. A result under
    it can be matched to no request.
    """
    return never_served(seen.control, [trial for trial in seen.trials if trial.name == _NULL])


@check(
    odd_ids,
    id="jsonrpc/serves-odd-id",
    title="A request whose id is neither string nor integer is served",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse requests whose id is a fraction, a boolean, an object or an array with error -32600.",
)
def serves_odd_id(seen: Trials) -> Verdicts:
    """An id of another type is compared differently by every language: true equals 1 in one of them, objects are
    never equal in another. So responses end up with the wrong caller.
    """
    return never_served(seen.control, [trial for trial in seen.trials if trial.name != _NULL])


@check(
    odd_ids,
    id="jsonrpc/takes-odd-id-for-notification",
    title="A request with a forbidden id is accepted as if it were a notification",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="A message with a member id is no notification: refuse ids of other types with -32600, HTTP 400.",
)
def takes_odd_id_for_notification(seen: Trials) -> Verdicts:
    """A notification has no member id. The sender of a request with a wrong id made a mistake and waits for an
    answer; HTTP 202 tells it that all is well.
    """
    if seen.control.transport is not Transport.HTTP:
        return not_applicable("only HTTP says that a message was accepted")
    accepted = [trial for trial in seen.trials if trial.exchange.status == 202]
    if accepted:
        return [
            failed(
                f"The server accepted {trial.name} with {how(trial.exchange)}.",
                trial.exchange,
                seen.control,
                subject=subject_of(trial),
            )
            for trial in accepted
        ]
    answered = [trial.exchange for trial in seen.trials if trial.exchange.answered]
    return passed(*answered, seen.control) if answered else not_observed("no answer came to any odd id", seen.control)
