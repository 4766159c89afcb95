"""Standard input and output: one message a line, and nothing else (page `basic/transports`, stdio)."""

import json
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    STDIO_ONLY,
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

from .trials import how, patience, plain_method

_SHOWN = 60
_SEPARATED = "one\u2028two\u2029three\u0085four"
_TWO_LINES = "one\ntwo"


@dataclass(frozen=True, slots=True)
class Output:
    """Every exchange of the revision in which the target wrote something."""

    exchanges: tuple[Exchange, ...]


@scenario(transports=STDIO_ONLY, observes=True)
async def output(probe: Probe) -> Output:
    return Output(tuple(exchange for exchange in probe.transcript if exchange.messages or exchange.strays))


@check(
    output,
    id="stdio/writes-noise-to-stdout",
    title="Standard output carries lines that are no messages",
    requirements=("transports/stdout-only-mcp",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send logs, banners and prints of libraries to standard error; keep standard output for messages.",
)
def writes_noise_to_stdout(seen: Output) -> Verdict:
    """Clients parse each line as a message. A line of a log ends the connection in some, is an error in others, and
    is dropped silently in the rest, so that it shows only in production.
    """
    if not seen.exchanges:
        return not_observed("the server wrote nothing")
    for exchange in seen.exchanges:
        noise = next(iter(_noise(exchange)), None)
        if noise is not None:
            return failed(f"The server wrote the line {noise[:_SHOWN]!r} to its standard output.", exchange)
    answered = [exchange for exchange in seen.exchanges if exchange.answered]
    return passed(*answered[:5]) if answered else not_observed("the server wrote no message", *seen.exchanges[:5])


def _noise(exchange: Exchange) -> list[str]:
    """Return the lines that are no messages, nor parts of one, nor one in another encoding."""
    if pieces_of_a_message(exchange):
        return []
    strays = [line for line in exchange.strays if line.strip() and not _spells_message(line)]
    return strays + [json.dumps(item) for item in exchange.messages if not _is_message(item)]


def _spells_message(line: str) -> bool:
    try:
        return _is_message(json.loads(line, strict=False))
    except (ValueError, RecursionError):
        return False


def _is_message(item: object) -> bool:
    members = item if isinstance(item, list) else [item]
    return bool(members) and all(isinstance(member, dict) and "jsonrpc" in member for member in members)


def pieces_of_a_message(exchange: Exchange) -> bool:
    """Whether the lines that are no JSON are so because a message was written over several of them.

    Some of its lines can be JSON by themselves, so the text is read from the first that is none.
    """
    start = exchange.body.find(exchange.strays[0]) if exchange.strays else -1
    if start < 0:
        return False
    try:
        found, length = json.JSONDecoder(strict=False).raw_decode(exchange.body[start:].lstrip())
    except (ValueError, RecursionError):
        return False
    return _is_message(found) and "\n" in exchange.body[start : start + length]


@dataclass(frozen=True, slots=True)
class OddIds:
    """A request under a plain id, under one of two lines, and under one with the line separators of Unicode."""

    control: Exchange
    two_lines: Exchange
    separated: Exchange
    after: Exchange


@scenario(transports=STDIO_ONLY, impact=Impact.PROBING)
async def line_breaks(probe: Probe) -> OddIds:
    method = plain_method(probe)
    control = await probe.request(method, rpc_id="one two")
    if not control.ok:
        raise Unobservable(f"{method} was answered with {how(control)}, so there is no control", control)
    timeout = patience(control)
    return OddIds(
        control=control,
        two_lines=await probe.request(method, rpc_id=_TWO_LINES, timeout=timeout),
        separated=await probe.request(method, rpc_id=_SEPARATED, timeout=timeout),
        after=await probe.request(method),
    )


@check(
    line_breaks,
    id="stdio/message-over-several-lines",
    title="A message is written over several lines",
    requirements=("transports/stdio-no-embedded-newline",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Write every message as one line: no indentation, line breaks in strings as \\n.",
)
def message_over_several_lines(seen: OddIds) -> Verdict:
    """The end of the line is the end of the message. A client that reads half of one cannot read the other half
    either, and never sees the response.
    """
    for exchange in (seen.two_lines, seen.separated, seen.control, seen.after):
        if pieces_of_a_message(exchange):
            return failed(f"The server wrote a message over {len(exchange.strays)} lines.", exchange, seen.control)
    if not seen.two_lines.answered:
        return not_observed("no answer came to a request whose id has a line break", seen.two_lines, seen.control)
    return passed(seen.two_lines, seen.control)


@check(
    line_breaks,
    id="stdio/splits-at-unicode-separators",
    title="A message ends at a line separator of Unicode",
    requirements=("derived/parse-error-32700", "basic/response-id-matches"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Split the input at the byte 0x0A only; readers of text lines split at U+2028 and U+0085 as well.",
)
def splits_at_unicode_separators(seen: OddIds) -> Verdict:
    """JSON allows U+2028, U+2029 and U+0085 in strings as they are, and they do occur in documents. A server that
    takes them for line ends sees two broken messages.
    """
    if seen.separated.ok:
        return passed(seen.separated, seen.control)
    if seen.after.ok and (seen.separated.refused or seen.two_lines.ok):
        text = f"The server answered a request with line separators of Unicode in its id with {how(seen.separated)}."
        return failed(text, seen.separated, seen.after, seen.control)
    return not_observed("the requests around it were not answered either", seen.separated, seen.after, seen.control)
