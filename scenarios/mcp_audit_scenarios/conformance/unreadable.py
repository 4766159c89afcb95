"""Messages that are no JSON (JSON-RPC 2.0, section 5.1)."""

import json

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Era,
    Impact,
    Severity,
    Transport,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .trials import Trial, Trials, control_and_template, fresh_id, how, never_served, patience, plain_method, right_code

_PARSE_ERROR = frozenset({-32700})


@scenario(impact=Impact.PROBING)
async def invalid_json(probe: Probe) -> Trials:
    """Send the plain request cut short, with a comma too many, and with text behind it."""
    control, template = await control_and_template(probe)
    headers = {"mcp-method": plain_method(probe)} if probe.revision.era is Era.STATELESS else None
    timeout = patience(control)

    async def ending(end: str, name: str) -> Trial:
        text = json.dumps({**template, "id": fresh_id(probe)}).removesuffix("}") + end
        return Trial(name, await probe.send_bytes(text.encode(), headers=headers, timeout=timeout))

    return Trials(
        control,
        (
            await ending("", "JSON without its last brace"),
            await ending(",}", "JSON with a trailing comma"),
            await ending("} trailing", "JSON with text behind it"),
        ),
    )


@check(
    invalid_json,
    id="jsonrpc/serves-invalid-json",
    title="A body that is no JSON is served",
    requirements=("derived/parse-error-32700",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Parse messages with a strict JSON parser and answer what it refuses with -32700.",
)
def serves_invalid_json(seen: Trials) -> Verdicts:
    """Where two parsers read one message differently, a filter in front of the server can be passed. A truncated
    message that is repaired may ask for something that the client never meant.
    """
    return never_served(seen.control, seen.trials)


@check(
    invalid_json,
    id="jsonrpc/wrong-code-for-invalid-json",
    title="Invalid JSON is refused with another code than -32700",
    requirements=("derived/parse-error-32700",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer input that is not JSON with error code -32700 (parse error), over HTTP with status 400.",
)
def wrong_code_for_invalid_json(seen: Trials) -> Verdicts:
    """The code tells a client whether its bytes, its request or the server is at fault."""
    return right_code(seen.control, seen.trials, _PARSE_ERROR)


@check(
    invalid_json,
    id="jsonrpc/swallows-invalid-json",
    title="A body that is no JSON is accepted",
    requirements=("transports/notification-reject-4xx", "derived/parse-error-32700"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer a body that cannot be parsed with HTTP 400, not with 202.",
)
def swallows_invalid_json(seen: Trials) -> Verdicts:
    """HTTP 202 says that a message was understood. A client whose request was damaged on the way waits for an
    answer that never comes.
    """
    if seen.control.transport is not Transport.HTTP:
        return not_applicable("only HTTP says that a message was accepted")
    failures = [
        failed(f"The server accepted {trial.name} with {how(trial.exchange)}.", trial.exchange, seen.control)
        for trial in seen.trials
        if trial.exchange.status == 202
    ]
    answered = [trial.exchange for trial in seen.trials if trial.exchange.answered]
    if not answered:
        return not_observed("no answer came to any of the damaged bodies", seen.control)
    return failures[:1] or passed(*answered, seen.control)
