"""The life of a stdio server's process: it outlasts bad lines, and ends with its input (page `basic/transports`)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    STDIO_ONLY,
    Category,
    Exchange,
    Impact,
    Outcome,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .trials import how, patience, plain_method

_GRACE_S = 5.0
_LARGE = 1_000_000
_MALFORMED, _EMPTY, _NOT_UTF_8, _LARGE_ONE = "malformed", "empty", "not UTF-8", "large"


@dataclass(frozen=True, slots=True)
class Line:
    """An odd line, and an ordinary request to the same process after it."""

    name: str
    odd: Exchange
    after: Exchange


@dataclass(frozen=True, slots=True)
class OddLines:
    """Odd lines in turn, up to the one after which the process was gone."""

    control: Exchange
    lines: tuple[Line, ...]


@scenario(transports=STDIO_ONLY, impact=Impact.PROBING, timeout_s=45)
async def odd_lines(probe: Probe) -> OddLines:
    method = plain_method(probe)
    control = await probe.request(method)
    if not control.ok:
        raise Unobservable(f"{method} was answered with {how(control)}, so there is no control", control)
    timeout = patience(control)
    lines: list[Line] = []
    for name, data in (
        (_MALFORMED, b'{"jsonrpc": "2.0", "method": '),
        (_EMPTY, b""),
        (_NOT_UTF_8, b'{"jsonrpc": "2.0", "id": 1, "method": "\xff\xfe\xc3"}'),
    ):
        lines.append(Line(name, await probe.send_bytes(data, timeout=timeout), await probe.request(method)))
        if lines[-1].after.outcome is Outcome.CLOSED:
            return OddLines(control, tuple(lines))
    large = await probe.request(method, meta={"example.com/padding": "x" * _LARGE})
    return OddLines(control, (*lines, Line(_LARGE_ONE, large, await probe.request(method))))


def _survives(seen: OddLines, name: str, what: str) -> Verdict:
    line = next((line for line in seen.lines if line.name == name), None)
    if line is None:
        return not_observed("the process had ended before", *(line.after for line in seen.lines), seen.control)
    if line.after.ok:
        return passed(line.after, line.odd, seen.control)
    if line.after.outcome is Outcome.CLOSED:
        return failed(f"The server's process ended after {what}.", line.odd, line.after, seen.control)
    return not_observed(f"after {what} a request was answered with {how(line.after)}", line.odd, line.after)


@check(
    odd_lines,
    id="stdio/dies-on-malformed-line",
    title="A line that is no JSON ends the server",
    requirements=("derived/parse-error-32700", "robustness/keeps-answering"),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Catch errors of the parser for each line, answer with -32700, and read on.",
)
def dies_on_malformed_line(seen: OddLines) -> Verdict:
    """One damaged message costs its sender an answer; it may not cost the whole conversation."""
    return _survives(seen, _MALFORMED, "a line of truncated JSON")


@check(
    odd_lines,
    id="stdio/dies-on-empty-line",
    title="An empty line ends the server",
    requirements=("derived/parse-error-32700", "robustness/keeps-answering"),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Skip empty lines.",
)
def dies_on_empty_line(seen: OddLines) -> Verdict:
    """Wrappers and shells add line ends; they are easily taken for the end of the input."""
    return _survives(seen, _EMPTY, "an empty line")


@check(
    odd_lines,
    id="stdio/dies-on-invalid-utf-8",
    title="Bytes that are no UTF-8 end the server",
    requirements=("transports/utf8", "robustness/keeps-answering"),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Read bytes and decode each line by itself, so that one that fails costs no other.",
)
def dies_on_invalid_utf_8(seen: OddLines) -> Verdict:
    """A reader that decodes the input as a whole raises in the middle of it, where no handler for one message is."""
    return _survives(seen, _NOT_UTF_8, "a line that is no UTF-8")


@check(
    odd_lines,
    id="stdio/dies-on-large-message",
    title="A message of one megabyte ends the server",
    requirements=("robustness/keeps-answering",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Read lines of any length up to a bound of your own, and answer longer ones with an error.",
)
def dies_on_large_message(seen: OddLines) -> Verdict:
    """Documents are passed as arguments. Line readers have limits, some as low as 64 KiB, and raise beyond them."""
    return _survives(seen, _LARGE_ONE, f"a message of {_LARGE} characters")


@dataclass(frozen=True, slots=True)
class EndOfInput:
    """How a process of its own ended when its input was closed."""

    control: Exchange
    ending: Exchange
    exited: bool
    exit_code: int | None
    signal: str


def newest_of_its_era(probe: Probe) -> Verdict | None:
    """Need the newest revision of an era: a process is costly, and its end does not depend on more."""
    newest = [revision for revision in probe.survey.revisions if revision.era is probe.revision.era][-1]
    return None if probe.revision is newest else not_applicable(f"judged once for each era, here at {newest}")


@scenario(transports=STDIO_ONLY, impact=Impact.PROBING, needs=(newest_of_its_era,), timeout_s=30)
async def end_of_input(probe: Probe) -> EndOfInput:
    """Declare no capabilities, so that the server waits for no answer of ours when the input ends."""
    async with probe.session(capabilities={}) as session:
        control = await session.request(plain_method(probe))
        if not control.ok:
            raise Unobservable(f"{plain_method(probe)} was answered with {how(control)}", control)
        end = await session.shutdown(grace=_GRACE_S)
    return EndOfInput(control, end.exchange, end.exited, end.exit_code, end.signal)


@check(
    end_of_input,
    id="stdio/outlives-its-input",
    title="The server does not exit when its input ends",
    requirements=("stdio/exit-on-stdin-eof", "stdio/ends-with-its-input"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Leave the process when standard input ends; do not wait for threads or timers that nobody stops.",
)
def outlives_its_input(seen: EndOfInput) -> Verdict:
    """The end of input is how clients stop a server, and all that is left when a client crashes. Servers that stay
    pile up, with the files and ports that they hold.
    """
    if not seen.control.answered:
        return not_observed("the process answered nothing before its input ended", seen.ending, seen.control)
    if seen.exited:
        return passed(seen.control, seen.ending)
    if seen.ending.outcome is Outcome.CLOSED:
        return not_observed("the process had ended before its input did", seen.ending, seen.control)
    after = f" and needed {seen.signal}" if seen.signal else ""
    text = f"The server was still running {_GRACE_S:g} s after the end of its input{after}."
    return failed(text, seen.ending, seen.control)
