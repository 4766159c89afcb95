"""Protocol fuzzing: whole messages that are nearly right, and what a server makes of them."""

import time
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import Category, Impact, Severity, Transport
from mcp_audit_harness.model.fuzzing import Fuzzed, FuzzedOperation, FuzzFailure
from mcp_audit_harness.probe import Probe

from ..attacks.occasions import newest_of_era
from . import NEEDS_EXTRA
from .messages import MessageCase, protocol_messages
from .protocol_consent import consent_filter
from .protocol_known import answered_messages, excuse
from .protocol_oracles import ACCEPTS, BREAKS, LEAKS, MALFORMED, STOPS
from .protocol_play import player, replay
from .protocol_verdicts import judged

if TYPE_CHECKING:
    from mcp_audit_harness.fuzz.search import Minimal

_SUBJECT: Final = "protocol"
_CWE_20: Final = "https://cwe.mitre.org/data/definitions/20.html"
_RPC: Final = "https://www.jsonrpc.org/specification"


@scenario(impact=Impact.PROBING, needs=(newest_of_era,), timeout_s=600, deep=True)
async def messages(probe: Probe) -> Fuzzed:
    """Send messages with some things wrong; what looks bad is made small and sent once more on the record."""
    try:
        from mcp_audit_harness.fuzz.search import search  # noqa: PLC0415 - only with the extra `fuzz`
    except ImportError:
        raise Unobservable(NEEDS_EXTRA) from None
    settings, begun = probe.fuzzing, time.monotonic()
    correct, samples = await answered_messages(probe)
    async with player(probe, consent_filter(probe)) as one:
        with probe.off_the_record():
            try:
                await excuse(one, correct)
            except SearchEnds:
                raise Unobservable("no session can be kept open: ordinary requests are not answered") from None
            strategy = protocol_messages(probe.revision, correct, headers=probe.transport is Transport.HTTP)
            subject = f"{_SUBJECT}-{probe.revision}"
            found = await search(strategy, one.play, subject=subject, cases=settings.cases, settings=settings)
    failures = [await _failure(probe, minimal) for minimal in found.found if minimal.steady]
    seconds = time.monotonic() - begun
    operation = FuzzedOperation(
        _SUBJECT, one.played, one.valid, one.invalid, seconds=seconds, note=found.trouble, samples=samples
    )
    return Fuzzed((operation,), tuple(failures))


async def _failure(probe: Probe, minimal: "Minimal[MessageCase]") -> FuzzFailure:
    flaw = minimal.flaw
    played = await replay(probe, minimal.case, flaw)
    return FuzzFailure(
        flaw.oracle,
        _SUBJECT,
        flaw.cause,
        flaw.message,
        minimal.case.as_json(),
        played.exchanges if played else (),
        played.control if played else None,
        again=played is not None and played.again,
        cases=minimal.first_after,
    )


@check(
    messages,
    id=STOPS,
    title="After an odd message the server no longer answers",
    requirements=("robustness/keeps-answering",),
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Catch what goes wrong with one message where it is read, answer it with an error, and read the next.",
    references=("https://cwe.mitre.org/data/definitions/248.html", _CWE_20),
)
def message_stops_answers(seen: Fuzzed) -> Verdicts:
    """One message that nobody expected ends the loop that reads the others: for one session, or for all clients. The
    message is the smallest that does it; an ordinary request before it was answered, the one after it was not.
    """
    return judged(seen, STOPS)


@check(
    messages,
    id=MALFORMED,
    title="An odd message gets an answer that is not well-formed",
    requirements=("fuzz/well-formed-answers",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Build every answer, errors too, with the one function that knows the schema and the id.",
    references=(f"{_RPC}#response_object",),
)
def message_malformed_answer(seen: Fuzzed) -> Verdicts:
    """Errors are often written by hand, far from the code that writes results: without an id, with that of another
    request, or with members that no client expects. A client that cannot match them waits until its deadline.
    """
    return judged(seen, MALFORMED)


@check(
    messages,
    id=ACCEPTS,
    title="A malformed message gets a result",
    requirements=("fuzz/refuses-malformed-messages",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Hold every message against the schema of its envelope before you look at its method.",
    references=(f"{_RPC}#request_object", "https://cwe.mitre.org/data/definitions/436.html"),
)
def accepts_malformed_message(seen: Fuzzed) -> Verdicts:
    """What a server takes and others refuse is read differently by the two: a filter in front of it lets pass what it
    does not understand. Known ways to be lax, which checks of their own look for, are left out here.
    """
    return judged(seen, ACCEPTS)


@check(
    messages,
    id=BREAKS,
    title="An odd message breaks something in the server",
    requirements=("fuzz/no-server-errors",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Find the exception in your log; refuse such messages with -32600 or -32602 before they get there.",
    references=(_CWE_20, "https://cwe.mitre.org/data/definitions/755.html"),
)
def message_server_error(seen: Fuzzed) -> Verdicts:
    """A server error says that an exception reached the outermost handler, from a place where nobody thought of this
    message. What was half done there stays half done; and whoever watches for errors is woken by any client.
    """
    return judged(seen, BREAKS)


@check(
    messages,
    id=LEAKS,
    title="The error for an odd message shows the inside of the server",
    requirements=("leaks/no-internals-in-errors",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Keep traces in your own log; answer with one sentence that says what was wrong with the message.",
    references=("https://cwe.mitre.org/data/definitions/209.html",),
)
def message_leaks_internals(seen: Fuzzed) -> Verdicts:
    """A trace names files, versions and the line that failed: a map for whoever looks for a hole. Only what the message
    did not itself contain counts.
    """
    return judged(seen, LEAKS)
