"""What generated arguments showed: a check for each oracle."""

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Severity, failed, not_applicable, not_observed, passed
from mcp_audit_harness.model.fuzzing import Fuzzed

from .arguments import arguments
from .arguments_verdicts import MOST_SHOWN, MOST_VERDICTS, NOTHING, judged
from .oracles import ACCEPTS, INTERNAL, LEAKS, MALFORMED, OUTPUT, STDOUT, STOPS
from .oracles_repeated import FAILS_AGAIN, MIXES, READ_ONLY, SLOW


@check(
    arguments,
    id=STOPS,
    title="Arguments make the server stop answering",
    requirements=("robustness/keeps-answering",),
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Catch what a handler raises, answer with an error, and keep one call from ending or blocking others.",
    references=("https://cwe.mitre.org/data/definitions/248.html",),
)
def stops_answering(seen: Fuzzed) -> Verdicts:
    """A model makes up arguments all day. A server whose process, session or connection ends over some of them fails
    everybody who uses it. Slow answers are none of this: what counts is a connection or process that ends, or a session
    in which nothing is answered any more, while an ordinary request had just been.
    """
    return judged(seen, STOPS, not_observed(NOTHING))


@check(
    arguments,
    id=MALFORMED,
    title="Arguments get an answer that is malformed",
    requirements=("derived/result-schema-conformance", "basic/response-id-matches"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Build every answer, errors included, with the types of an SDK; never write one by hand.",
)
def malformed_answer(seen: Fuzzed) -> Verdicts:
    """Clients drop or choke on answers that are no JSON-RPC, carry another id, or lack what the schema of the revision
    demands. Often it is the path that hardly anybody takes, an error or an empty result, on which an answer is built
    by hand.
    """
    return judged(seen, MALFORMED, not_observed(NOTHING))


@check(
    arguments,
    id=ACCEPTS,
    title="Arguments that the schema refuses are accepted",
    requirements=("tools/validate-tool-inputs", "prompts/validate-prompt-arguments"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Validate arguments against the very schema that the list shows, before anything else happens.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def accepts_invalid_arguments(seen: Fuzzed) -> Verdicts:
    """Models learn from refusals, and people trust the bounds that a schema states. A tool that takes what its own
    schema refuses either ignores what it was told or does something that nobody described. Values that are only
    converted, like "1" for 1, count once for each tool.
    """
    return judged(seen, ACCEPTS, not_observed("no arguments that a schema refuses were answered"))


@check(
    arguments,
    id=INTERNAL,
    title="Arguments lead to an internal error",
    requirements=("fuzz/internal-errors-are-bugs", "schema/tool-errors-in-result"),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Refuse wrong arguments as such, report failures of a tool in its result, and log the exception.",
    references=("https://cwe.mitre.org/data/definitions/755.html",),
)
def internal_error(seen: Fuzzed) -> Verdicts:
    """An internal error says that the server met a case which nobody thought of. The model does not learn what it did
    wrong, and what is unforeseen today may be worse tomorrow. Counted only where other arguments get another answer.
    """
    return judged(seen, INTERNAL, not_observed("every case led to an internal error, whatever its arguments"))


@check(
    arguments,
    id=OUTPUT,
    title="Some results break the output schema of their tool",
    requirements=("tools/output-schema-conformance",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Validate structured results before they are sent; describe optional and empty values in the schema.",
)
def breaks_output_schema(seen: Fuzzed) -> Verdicts:
    """Clients validate structured results and refuse those that do not fit. With the arguments of the tests they mostly
    do; with others a member is missing, null or of another type.
    """
    return judged(seen, OUTPUT, not_applicable("no tool with an output schema gave a result"))


@check(
    arguments,
    id=LEAKS,
    title="Arguments bring out secrets or the inside of the server",
    requirements=("leaks/no-internals-in-errors", "leaks/no-secrets-in-answers"),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Answer with one sentence about the arguments; keep traces, paths and settings in your own log.",
    references=("https://cwe.mitre.org/data/definitions/209.html", "https://cwe.mitre.org/data/definitions/200.html"),
)
def leaks_internals(seen: Fuzzed) -> Verdicts:
    """Odd arguments reach code whose errors nobody has read: traces, paths, queries. What the arguments said
    themselves is taken out first, and paths count only of operations that are not about any.
    """
    return judged(seen, LEAKS, not_observed(NOTHING))


@check(
    arguments,
    id=READ_ONLY,
    title="Tool that says it only reads changes files",
    requirements=("definitions/truthful-hints",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Set readOnlyHint to false, or write to a place of the server's own.",
    references=("https://cwe.mitre.org/data/definitions/451.html",),
)
def read_only_tool_changes_files(seen: Fuzzed) -> Verdicts:
    """Clients run read-only tools without asking. The directory that was planted is looked at before and after each
    call of such a tool, one at a time; hidden files do not count.
    """
    why = "no tool that says it only reads was seen with a directory to watch; name one with --plant-dir"
    return judged(seen, READ_ONLY, not_observed(why))


@check(
    arguments,
    id=FAILS_AGAIN,
    title="Tool that may be called again fails the second time",
    requirements=("fuzz/repeatable-calls",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Treat what is done already as done, or set idempotentHint to false.",
)
def idempotent_tool_fails_again(seen: Fuzzed) -> Verdicts:
    """A client that lost an answer asks again where a tool is declared idempotent or read-only. If the second call
    fails it takes for failed what was done. Tools that may destroy something are left out: what is gone cannot be
    found again.
    """
    why = "no call of a tool that says it can be repeated, and that destroys nothing, had success"
    return judged(seen, FAILS_AGAIN, not_applicable(why))


@check(
    arguments,
    id=MIXES,
    title="Of two calls at once one gets the other's answer",
    requirements=("fuzz/answers-kept-apart", "basic/response-id-matches"),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Keep what belongs to a call in local variables, never in the module, the class or the server object.",
    references=("https://cwe.mitre.org/data/definitions/362.html", "https://cwe.mitre.org/data/definitions/488.html"),
)
def mixes_concurrent_answers(seen: Fuzzed) -> Verdicts:
    """State that calls share by mistake shows only when two run at once. Each call is known to get its own answer
    alone, before and after; together, one of them gets exactly the answer of the other.
    """
    why = "no tool answered two different calls each time the same, and differently"
    return judged(seen, MIXES, not_applicable(why))


@check(
    arguments,
    id=SLOW,
    title="Small arguments keep the server busy for long",
    requirements=("fuzz/work-in-proportion",),
    severity=Severity.LOW,
    category=Category.PERFORMANCE,
    remediation="Bound the arguments in the schema; replace patterns and loops whose work grows faster than the input.",
    references=("https://cwe.mitre.org/data/definitions/1333.html", "https://cwe.mitre.org/data/definitions/407.html"),
)
def slow_for_small_input(seen: Fuzzed) -> Verdicts:
    """A request of a few bytes that takes ten times as long as the others, and more than half a second each time, is
    how a server is kept from serving anybody else. Operations that are about time, or about other hosts, are left out.
    """
    return judged(seen, SLOW, not_observed("too few answers to compare, or all about time or other hosts"))


@check(
    arguments,
    id=STDOUT,
    title="Arguments make the server write to stdout what is no message",
    requirements=("transports/stdout-only-mcp",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Print to standard error, and send the loggers of libraries there, too.",
)
def dirty_stdout(seen: Fuzzed) -> Verdicts:
    """A client reads messages from standard output and nothing else. A warning that is printed over odd arguments ends
    up between them.
    """
    return judged(seen, STDOUT, not_applicable("standard output carries messages over stdio only"))


@check(
    arguments,
    id="fuzz/unusable-schema",
    title="No arguments can be made that fit the schema",
    requirements=("fuzz/callable-tools",),
    severity=Severity.MEDIUM,
    category=Category.QUALITY,
    remediation="Make a call by hand that the schema allows, and keep it as a test of the schema.",
)
def unusable_schema(seen: Fuzzed) -> Verdicts:
    """A model cannot call a tool whose schema contradicts itself, refers to what is not there, or is no schema; clients
    that validate before they send refuse each call. Judged are only schemas for which that is proven.
    """
    found = [
        failed(f"Its schema cannot be used: {operation.broken_schema}.", *operation.samples, subject=operation.subject)
        for operation in seen.operations
        if operation.broken_schema and any(sample.answered for sample in operation.samples)
    ]
    if found:
        return found[:MOST_VERDICTS]
    used = [operation for operation in seen.operations if operation.valid and operation.samples]
    samples = [operation.samples[0] for operation in used if operation.samples[0].answered][:MOST_SHOWN]
    return passed(*samples) if samples else not_observed(NOTHING)
