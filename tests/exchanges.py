"""Hand-built exchanges for tests of pure judgement, and short ways to judge them."""

import itertools
from typing import Any

from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Sent, Status, Transport, Verdict

_numbers = itertools.count(1)


def exchange(
    *,
    result: Any = None,
    error: dict[str, Any] | None = None,
    method: str | None = "ping",
    rpc_id: str | int | None = 1,
    reply_id: Any = ...,
    messages: tuple[Any, ...] | None = None,
    outcome: Outcome = Outcome.ANSWERED,
    transport: Transport = Transport.HTTP,
    revision: str = "2025-11-25",
    scenario: str = "test.scenario",
    verb: str = "POST",
    sent_headers: tuple[tuple[str, str], ...] = (),
    sent_body: str = "",
    **fields: Any,
) -> Exchange:
    """Return an exchange whose reply is `result` or `error`; with neither, one without messages."""
    if messages is None:
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": rpc_id if reply_id is ... else reply_id}
        if error is not None:
            messages = ({**answer, "error": error},)
        elif result is not None:
            messages = ({**answer, "result": result},)
        else:
            messages = ()
    fields.setdefault("status", 200 if transport is Transport.HTTP and outcome is Outcome.ANSWERED else None)
    return Exchange(
        id=f"x{next(_numbers):04}",
        scenario=scenario,
        revision=revision,
        transport=transport,
        sent=Sent(verb=verb, headers=sent_headers, body=sent_body, method=method, rpc_id=rpc_id),
        outcome=outcome,
        messages=messages,
        **fields,
    )


def silence(**fields: Any) -> Exchange:
    """Return an exchange that the target never answered."""
    return exchange(outcome=Outcome.SILENT, messages=(), **fields)


def refusal(code: Any = -32602, **fields: Any) -> Exchange:
    """Return an exchange that ended with a JSON-RPC error."""
    return exchange(error={"code": code, "message": "no"}, **fields)


def verdicts(check: Check, facts: Any) -> list[Verdict]:
    """Return the check's verdicts on the facts."""
    found = check.judge(facts)
    return [found] if isinstance(found, Verdict) else list(found)


def status(check: Check, facts: Any) -> Status:
    """Return the one status that all of the check's verdicts on the facts have."""
    (found,) = {verdict.status for verdict in verdicts(check, facts)}
    return found


def subjects(check: Check, facts: Any) -> list[str]:
    """Return what the check's failures on the facts are about."""
    return [verdict.subject for verdict in verdicts(check, facts) if verdict.status is Status.FAIL]
