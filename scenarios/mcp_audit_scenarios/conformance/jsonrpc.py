"""JSON-RPC as every revision rests on it: methods and ids of requests that are well formed.

Sources: the page `basic` (2024-11-05: `basic/messages`), the schema, and JSON-RPC 2.0 itself.
"""

from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
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

from .trials import (
    Trial,
    code_of,
    control_and_template,
    error_of,
    fresh_id,
    how,
    never_served,
    patience,
    plain_method,
    served,
)

METHOD_NOT_FOUND = -32601


@dataclass(frozen=True, slots=True)
class UnknownMethods:
    """An unknown method, and a known one in spellings that are other names."""

    control: Exchange
    unknown: Exchange
    lookalikes: tuple[Trial, ...]


@scenario(impact=Impact.PROBING)
async def unknown_methods(probe: Probe) -> UnknownMethods:
    """Ask for a method that does not exist, then for a known one in capitals and with a space behind it."""
    control, _ = await control_and_template(probe)
    known = plain_method(probe)
    number, timeout = fresh_id(probe), patience(control)
    return UnknownMethods(
        control,
        await probe.request(f"audit/unknown-{number}", rpc_id=f"audit-{number}", timeout=timeout),
        (
            Trial("a method name in capitals", await probe.request(known.upper(), timeout=timeout)),
            Trial("a method name with a space behind it", await probe.request(f"{known} ", timeout=timeout)),
        ),
    )


@check(
    unknown_methods,
    id="jsonrpc/serves-unknown-method",
    title="A method that does not exist gets a result",
    requirements=("derived/method-not-found-32601",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer methods that you do not implement with error -32601.",
)
def serves_unknown_method(seen: UnknownMethods) -> Verdicts:
    """A client finds out what a server can do by the error that an unknown method gives. A server that answers
    anything with a result makes clients believe that a feature works, and hides spelling mistakes.
    """
    return never_served(seen.control, [Trial("a method that does not exist", seen.unknown)])


@check(
    unknown_methods,
    id="jsonrpc/wrong-code-for-unknown-method",
    title="An unknown method is refused with another code than -32601",
    requirements=("derived/method-not-found-32601",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer methods that you do not implement with error code -32601 (method not found).",
)
def wrong_code_for_unknown_method(seen: UnknownMethods) -> Verdict:
    """Clients fall back to older methods when they see -32601 and give up, or retry, on other codes."""
    if error_of(seen.unknown) is None:
        return not_observed(f"the unknown method got {how(seen.unknown)} and no error object", seen.unknown)
    if code_of(seen.unknown) != METHOD_NOT_FOUND:
        message = f"The server refused an unknown method with {how(seen.unknown)}, not with -32601."
        return failed(message, seen.unknown, seen.control)
    return passed(seen.unknown, seen.control)


@check(
    unknown_methods,
    id="jsonrpc/error-without-id",
    title="An error does not carry the id of its request",
    requirements=("basic/response-id-matches", "basic/error-id-matches"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Put the id of the request into every error response; leave it out only if it could not be read.",
)
def error_without_id(seen: UnknownMethods) -> Verdict:
    """The id is all that a client has to find the request that failed. Without it the request hangs until it
    times out.
    """
    if error_of(seen.unknown) is None:
        return not_observed(f"the unknown method got {how(seen.unknown)} and no error object", seen.unknown)
    ids = [response.get("id") for response in seen.unknown.responses]
    if seen.unknown.sent.rpc_id in ids:
        return passed(seen.unknown, seen.control)
    message = f"The error for the request {seen.unknown.sent.rpc_id!r} came with the id {ids[0]!r}."
    return failed(message, seen.unknown, seen.control)


@check(
    unknown_methods,
    id="jsonrpc/matches-methods-loosely",
    title="A method is served under a name that is not its own",
    requirements=("derived/method-not-found-32601",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Compare method names exactly: do not fold case and do not strip spaces.",
)
def matches_methods_loosely(seen: UnknownMethods) -> Verdicts:
    """Gateways allow and deny by method name. Where the server is more tolerant than the gateway in front of it,
    a forbidden method gets through in another spelling.
    """
    return never_served(seen.control, seen.lookalikes)


@dataclass(frozen=True, slots=True)
class RequestIds:
    """The same request under ids of every legal kind."""

    control: Exchange
    strings: tuple[Exchange, ...]
    integers: tuple[Exchange, ...]


@scenario(impact=Impact.PROBING)
async def request_ids(probe: Probe) -> RequestIds:
    """Send the plain request with short, long, empty and non-ASCII strings, and with small and large integers."""
    control, _ = await control_and_template(probe)
    number, timeout = fresh_id(probe), patience(control)
    method = plain_method(probe)
    strings = (f"audit-{number}", f"é✓-{number}", "")
    integers = (0, -number, 2**53 - 1)
    return RequestIds(
        control,
        tuple([await probe.request(method, rpc_id=value, timeout=timeout) for value in strings]),
        tuple([await probe.request(method, rpc_id=value, timeout=timeout) for value in integers]),
    )


@check(
    request_ids,
    id="jsonrpc/changes-string-id",
    title="A string id comes back changed",
    requirements=("basic/response-id-matches",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Keep the id as the JSON value that arrived and write the same value into the response.",
)
def changes_string_id(seen: RequestIds) -> Verdicts:
    """Clients match responses by value and type. A server that trims, re-encodes or converts string ids leaves
    clients that use them waiting.
    """
    return _echoed(seen.strings, seen.control)


@check(
    request_ids,
    id="jsonrpc/changes-integer-id",
    title="An integer id comes back changed",
    requirements=("basic/response-id-matches",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Keep the id as the JSON value that arrived; integers up to 2^53-1 and below 0 are legal.",
)
def changes_integer_id(seen: RequestIds) -> Verdicts:
    """An id that is squeezed through 32 bits, a float or a string matches no request of the client any more, or
    the wrong one.
    """
    return _echoed(seen.integers, seen.control)


@check(
    request_ids,
    id="jsonrpc/refuses-legal-id",
    title="A request is not served because of its id",
    requirements=("basic/request-id-type", "basic/response-id-matches"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Serve requests with any string or integer id, 0 and the empty string included.",
)
def refuses_legal_id(seen: RequestIds) -> Verdicts:
    """Any string and any integer is an id. Some servers test the id for truth and take a request with the id 0,
    the first one of many clients, for a notification.
    """
    asked = [exchange for exchange in (*seen.strings, *seen.integers) if exchange.answered]
    refused = [exchange for exchange in asked if not served(exchange)]
    if refused:
        return [
            failed(
                f"The server answered a request with the id {exchange.sent.rpc_id!r} with {how(exchange)}.",
                exchange,
                seen.control,
                subject=_kind(exchange),
            )
            for exchange in refused
        ]
    return passed(*asked, seen.control) if asked else not_observed("no answer came to any of the ids", seen.control)


def _echoed(exchanges: tuple[Exchange, ...], control: Exchange) -> Verdicts:
    """Judge that every result repeats the id of its request, value and type."""
    results = [exchange for exchange in exchanges if served(exchange)]
    failures = []
    for exchange in results:
        ids = [response.get("id") for response in exchange.responses if "result" in response]
        if not any(type(item) is type(exchange.sent.rpc_id) and item == exchange.sent.rpc_id for item in ids):
            message = f"The request with the id {exchange.sent.rpc_id!r} was answered with the id {ids[0]!r}."
            failures.append(failed(message, exchange, control, subject=_kind(exchange)))
    if failures:
        return failures
    return passed(*results, control) if results else not_observed("no request with such an id got a result", control)


def _kind(exchange: Exchange) -> str:
    """Return a subject that does not depend on the seed."""
    value = exchange.sent.rpc_id
    if isinstance(value, str):
        return "id:empty string" if not value else ("id:string" if value.isascii() else "id:non-ASCII string")
    if value is None or value == 0:
        return "id:zero"
    return "id:negative integer" if value < 0 else "id:large integer"
