"""Arguments that a tool's schema excludes: of another type, out of bounds, or not declared at all."""

import re
from typing import Final

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Severity,
    failed,
    not_applicable,
    not_observed,
    passed,
)

from .spoiled_arguments import CONSTRAINT, TYPE, UNDECLARED, Abuse, Abused, AllAbused, abused, same
from .tries import succeeded, text

_MAX_SUBJECTS = 10
_INTERNAL_ERROR = -32603
_TRACE: Final = re.compile(
    r"Traceback \(most recent call last\)|\n\s{1,40}at [\w.$<>]{1,200} ?\([^)\n]{3,200}:\d+:\d+\)|panicked at "
    r"|goroutine \d+ \[|^\s{1,40}at [\w.$]{1,200}\([\w]{1,200}\.java:\d+\)",
    re.MULTILINE,
)
_NONE_SUCCEEDED = "no tool gave a result for the plainest arguments; allow more with --call all or --tool NAME"


def _of(seen: AllAbused, kind: str, *, working: bool = True) -> list[tuple[Abused, Abuse]]:
    """Return the spoilings of a kind, of tools whose plain call gave a result if `working`."""
    return [
        (tool, one)
        for tool in seen.tools
        if succeeded(tool.control) or not working
        for one in tool.abuses
        if one.kind == kind
    ]


@check(
    abused,
    id="arguments/ignores-constraints",
    title="Arguments out of the bounds of the tool's own schema are accepted",
    requirements=("tools/validate-tool-inputs",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Validate arguments against inputSchema as a whole, enum, pattern and bounds included.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def ignores_constraints(seen: AllAbused) -> Verdicts:
    """A choice of three words or a largest number is a promise to the code behind it. Where only the types are checked,
    that code sees values that its author ruled out.
    """
    tried = _of(seen, CONSTRAINT)
    broken = [
        failed(f"A call with {one.how} succeeded.", one.exchange, tool.control, subject=one.subject)
        for tool, one in tried
        if succeeded(one.exchange)
    ]
    answered = [one.exchange for _, one in tried if one.exchange.answered]
    if broken or answered:
        return broken[:_MAX_SUBJECTS] or passed(*answered[:10])
    if not _of(seen, UNDECLARED):
        return not_observed(_NONE_SUCCEEDED)
    return not_applicable("no tool that gave a result sets bounds to its arguments")


@check(
    abused,
    id="arguments/accepts-undeclared",
    title="Arguments that the tool's own schema forbids are accepted",
    requirements=("tools/validate-tool-inputs",),
    severity=Severity.INFO,
    category=Category.SECURITY,
    remediation="Refuse members that are not declared, or leave out additionalProperties: false.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def accepts_undeclared(seen: AllAbused) -> Verdicts:
    """The schema says that there are no further members. A server that drops them does no harm by it, but a model that
    misspelt an argument is not told.
    """
    tried = [(tool, one) for tool, one in _of(seen, UNDECLARED) if tool.closed]
    accepted = [
        failed(f"A call with {one.how} succeeded.", one.exchange, tool.control, subject=one.subject)
        for tool, one in tried
        if succeeded(one.exchange)
    ]
    if not tried:
        return not_applicable("no tool that gave a result forbids members that it does not declare")
    answered = [one.exchange for _, one in tried if one.exchange.answered]
    return accepted[:_MAX_SUBJECTS] or (passed(*answered) if answered else not_observed("no answer came"))


@check(
    abused,
    id="arguments/undeclared-takes-effect",
    title="Arguments that are not declared change what a tool does",
    requirements=("arguments/only-declared",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Hand over to the code behind a tool what its schema declares, and nothing else.",
    references=("https://cwe.mitre.org/data/definitions/915.html",),
)
def undeclared_takes_effect(seen: AllAbused) -> Verdicts:
    """Members such as `debug`, `admin` or `user_id` that nobody sees in the list, and that work, are a back door of the
    kind that mass assignment opens. Two plain calls have to agree, two with such members as well, and the answers
    must differ.
    """
    tried = _of(seen, UNDECLARED)
    found = [
        failed(
            "Likely members that are not declared change the result.",
            *(one.exchange, one.again, tool.control, tool.control_again),
            subject=one.subject,
        )
        for tool, one in tried
        if one.again is not None and succeeded(one.again) and same(one.again) == same(one.exchange)
    ]
    answered = [one.exchange for _, one in tried if one.exchange.answered]
    return found or (passed(*answered[:10]) if answered else not_observed(_NONE_SUCCEEDED))


@check(
    abused,
    id="arguments/breaks-on-other-types",
    title="Argument of another type breaks the server",
    requirements=("arguments/odd-types-are-refused",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Check the types of arguments before a tool uses them, and say in the result what is wrong.",
    references=("https://cwe.mitre.org/data/definitions/843.html",),
)
def breaks_on_other_types(seen: AllAbused) -> Verdicts:
    """A list where a text is expected takes code on a way that nobody has tried. A refusal is right. HTTP 5xx, a trace
    of a stack, or an internal error where other types are refused in another way, says that the way was taken.
    """
    tried = _of(seen, TYPE, working=False)
    orderly = {tool.subject for tool, one in tried if _is_refusal(one.exchange)}
    broken = [
        failed(f"{one.how.capitalize()}: {how}.", one.exchange, tool.control, subject=one.subject)
        for tool, one in tried
        if (how := _breakage(one.exchange, orderly=tool.subject in orderly))
        and not _breakage(tool.control, orderly=True)
    ]
    answered = [one.exchange for _, one in tried if one.exchange.answered]
    once = list({verdict.subject: verdict for verdict in reversed(broken)}.values())
    return once[:_MAX_SUBJECTS] or (passed(*answered[:10]) if answered else not_observed(_NONE_SUCCEEDED))


def _is_refusal(exchange: Exchange) -> bool:
    """Whether a call was refused in another way than by an internal error."""
    if exchange.error is not None:
        return exchange.error_code != _INTERNAL_ERROR
    return exchange.result is not None and exchange.result.get("isError") is True


def _breakage(exchange: Exchange, *, orderly: bool) -> str:
    """Return how a call broke the server; empty if it did not.

    Some servers refuse everything with the code of internal errors; it counts where there is an `orderly` refusal.
    """
    if exchange.status is not None and exchange.status >= 500:
        return f"HTTP {exchange.status}"
    if orderly and exchange.error_code == _INTERNAL_ERROR:
        return f"the error {_INTERNAL_ERROR}, where other types are refused in another way"
    said = text(exchange).replace("\\n", "\n")
    return "the trace of a stack" if _TRACE.search(said) else ""
