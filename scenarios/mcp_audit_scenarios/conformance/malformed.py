"""JSON that is no request (JSON-RPC 2.0, sections 4 and 5.1)."""

from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Status,
    Verdict,
)
from mcp_audit_harness.probe import Probe

from .trials import (
    Trial,
    control_and_template,
    fresh_id,
    never_served,
    plain_method,
    right_code,
    try_messages,
)

_UNREADABLE = frozenset({-32600, -32700})
_UNREADABLE_OR_PARAMS = frozenset({-32600, -32602, -32700})


@dataclass(frozen=True, slots=True)
class InvalidRequests:
    """JSON that is no request, by what is wrong with it."""

    control: Exchange
    without_version: Trial
    foreign_version: Trial
    without_method: Trial
    odd_methods: tuple[Trial, ...]
    folded: Trial
    scalar_params: Trial
    bare_values: tuple[Trial, ...]


@scenario(impact=Impact.PROBING, thorough=True)
async def invalid_requests(probe: Probe) -> InvalidRequests:
    """Spoil one member of the plain request at a time, and send JSON values that are no objects."""
    control, template = await control_and_template(probe)
    method = plain_method(probe)

    def spoiled(*without: str, **changed: Any) -> JsonObject:
        message = {**template, "id": fresh_id(probe), **changed}
        return {name: value for name, value in message.items() if name not in without}

    async def one(name: str, message: Any) -> Trial:
        return (await try_messages(probe, control, [(name, message)]))[0]

    return InvalidRequests(
        control=control,
        without_version=await one("a request without jsonrpc", spoiled("jsonrpc")),
        foreign_version=await one("a request with jsonrpc 1.0", spoiled(jsonrpc="1.0")),
        without_method=await one("a message with an id and no method", spoiled("method")),
        odd_methods=(
            await one("a request with a number for its method", spoiled(method=7)),
            await one("a request with an array for its method", spoiled(method=[method])),
        ),
        folded=await one("a request with the member Method", spoiled("method", Method=method)),
        scalar_params=await one("a request with a string for its params", spoiled(params="text")),
        bare_values=(
            await one("a JSON string", method),
            await one("a JSON null", None),
            await one("an empty array", []),
        ),
    )


@check(
    invalid_requests,
    id="jsonrpc/serves-request-without-version",
    title="A request without jsonrpc is served",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation='Refuse messages whose member jsonrpc is not "2.0" with error -32600.',
)
def serves_request_without_version(seen: InvalidRequests) -> Verdicts:
    """The member jsonrpc is what makes a JSON object a message. Without the test, any JSON that has a method is
    taken for a request, also what a web form or another protocol sent.
    """
    return never_served(seen.control, [seen.without_version])


@check(
    invalid_requests,
    id="jsonrpc/serves-request-of-other-version",
    title="A request of another JSON-RPC version is served",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation='Refuse messages whose member jsonrpc is not "2.0" with error -32600.',
)
def serves_request_of_other_version(seen: InvalidRequests) -> Verdicts:
    """JSON-RPC 1.0 has other rules for ids, notifications and errors; a client that speaks it cannot read the
    answers of a 2.0 server.
    """
    return never_served(seen.control, [seen.foreign_version])


@check(
    invalid_requests,
    id="jsonrpc/serves-message-without-method",
    title="A message without a method gets a result",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse messages that have an id, but no method, result or error, with -32600.",
)
def serves_message_without_method(seen: InvalidRequests) -> Verdicts:
    """Nothing was asked, so nothing can be the result of it."""
    return never_served(seen.control, [seen.without_method])


@check(
    invalid_requests,
    id="jsonrpc/serves-method-of-other-type",
    title="A method that is no string is served",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse requests whose method is not a string with -32600.",
)
def serves_method_of_other_type(seen: InvalidRequests) -> Verdicts:
    """A server that converts what it gets until it fits lets a request through that nobody in front of it has
    recognised.
    """
    return never_served(seen.control, seen.odd_methods)


@check(
    invalid_requests,
    id="jsonrpc/folds-member-names",
    title="Member names are matched without regard to case",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Match member names exactly; in Go use a decoder that does not fold case.",
    references=("https://www.jsonrpc.org/specification#conventions", "CWE-178"),
)
def folds_member_names(seen: InvalidRequests) -> Verdicts:
    """JSON-RPC says that member names are case-sensitive. A server that reads Method as method sees another message
    than the proxy or filter in front of it: two members that differ in case only carry two requests.
    """
    return never_served(seen.control, [seen.folded])


@check(
    invalid_requests,
    id="jsonrpc/serves-scalar-params",
    title="A request whose params are a string is served",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse params that are no object with -32600 or -32602.",
)
def serves_scalar_params(seen: InvalidRequests) -> Verdicts:
    """Parameters that cannot be read were meant to say something; a server that drops them does something else than
    it was asked.
    """
    return never_served(seen.control, [seen.scalar_params])


@check(
    invalid_requests,
    id="jsonrpc/serves-bare-value",
    title="A JSON value that is no message gets a result",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse strings, numbers, null and empty arrays with -32600.",
)
def serves_bare_value(seen: InvalidRequests) -> Verdicts:
    """A result without a request belongs to nobody; clients drop it, or give it to the wrong caller."""
    return never_served(seen.control, seen.bare_values)


@check(
    invalid_requests,
    id="jsonrpc/wrong-code-for-invalid-request",
    title="What is no request is refused with another code than -32600",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer JSON that is no valid request with error code -32600, over HTTP with status 400.",
)
def wrong_code_for_invalid_request(seen: InvalidRequests) -> Verdicts:
    """-32600 tells the author of a client to look at the message itself. Codes for parameters or internal errors
    send them looking in the wrong place.
    """
    trials = (seen.without_version, seen.foreign_version, *seen.odd_methods, seen.folded, *seen.bare_values)
    found = right_code(seen.control, trials, _UNREADABLE)
    params = right_code(seen.control, [seen.scalar_params], _UNREADABLE_OR_PARAMS)
    both = [*_listed(found), *_listed(params)]
    return [verdict for verdict in both if verdict.status is Status.FAIL] or found


def _listed(verdicts: Verdicts) -> list[Verdict]:
    return [verdicts] if isinstance(verdicts, Verdict) else list(verdicts)
