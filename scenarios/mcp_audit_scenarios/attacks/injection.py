"""Texts that a server runs: as commands of a shell, as templates, as code. The proof is a product of random factors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mcp_audit_harness.declare import Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import Category, Impact, Severity
from mcp_audit_harness.probe import Probe

from .argument_kinds import Slot, renders_templates, slots, takes_code, takes_yaml, words_of
from .occasions import newest_only
from .payloads import CODE, SHELL, TEMPLATE, WORD, filled, forms
from .tries import Place, Try, ask, ask_afresh, is_slow, judged, text

MOST, MOST_INTRUSIVE = 6, 60
"""Places that are tried: few, unless the operator allows load."""
NO_TEXT = "no tool that may be called gave a result for a harmless text; allow more with --call all or --tool NAME"
_RULES = ("tools/validate-tool-inputs",)
_RISKY = words_of(
    "host hostname domain ip target branch ref revision path file filename repo repository directory args arguments"
    " options flags query filter expression formula format template command cmd package url name pattern"
)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Places for texts, with what each made of texts that can be run."""

    places: tuple[Place, ...]


def text_slots(probe: Probe) -> Sequence[Slot]:
    """Return the places to try, those first whose names tell that something is done with the text.

    What a tool runs by design is no injection, and looked at elsewhere.
    """
    tools = probe.callable_tools()
    most = MOST_INTRUSIVE if probe.consent.intrusive else MOST
    risky = slots(tools, lambda slot: not takes_code(slot) and slot.is_named(_RISKY), most)
    other = slots(tools, lambda slot: not takes_code(slot) and not slot.is_named(_RISKY), most)
    return [replace(slot, directory=_directory(probe)) for slot in [*risky, *other][:most]]


def _directory(probe: Probe) -> str:
    """Return the directory that the operator lets the target read; empty without one."""
    try:
        return probe.plant().directory
    except Unobservable:
        return ""


@scenario(needs=(callable_tool, newest_only), impact=Impact.PROBING, timeout_s=60.0, thorough=True)
async def evaluated(probe: Probe) -> Evaluated:
    """Try each form in each place; one whose product came back is tried again in a session of its own."""
    places = []
    for slot in text_slots(probe):
        control = await ask(probe, slot, WORD)
        if not is_slow(control):
            places.append(Place(slot.subject, slot.label, control, await _tries(probe, slot)))
    return Evaluated(tuple(places))


async def _tries(probe: Probe, slot: Slot) -> tuple[Try, ...]:
    tries = []
    for kind, how, form in forms(templates=not renders_templates(slot), yaml=takes_yaml(slot)):
        payload = filled(kind, how, form, probe.rng)
        if not slot.room(payload.value):
            continue
        answer = await ask(probe, slot, payload.value)
        if payload.proof not in text(answer):
            tries.append(Try(kind, how, answer, payload.proof))
            continue
        second = filled(kind, how, form, probe.rng)
        again = await ask_afresh(probe, slot, second.value)
        tries.append(Try(kind, how, answer, payload.proof, again, second.proof))
    return tuple(tries)


@check(
    evaluated,
    id="injection/runs-shell-commands",
    title="Text of a caller is run by a shell",
    requirements=_RULES,
    severity=Severity.CRITICAL,
    category=Category.SECURITY,
    remediation="Start programs with a list of arguments and without a shell; never build a command line from text.",
    references=(
        "https://cwe.mitre.org/data/definitions/78.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-53967",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-53818",
    ),
)
def runs_shell_commands(seen: Evaluated) -> Verdicts:
    """Who can put a command into an argument runs programs on the server's machine, and a model puts into arguments
    what it read on the last web page. Proof is the product of two random numbers that the request names only as
    factors, twice. Tools that say that they run commands are not meant.
    """
    did = "A shell ran what stood in the argument {label} after {how}: the answers hold the products of the factors."
    return judged(seen.places, SHELL, did, NO_TEXT)


@check(
    evaluated,
    id="injection/evaluates-templates",
    title="Text of a caller is rendered as a template",
    requirements=_RULES,
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Give texts to a template as values; never put them into the template before it is rendered.",
    references=("https://cwe.mitre.org/data/definitions/1336.html",),
)
def evaluates_templates(seen: Evaluated) -> Verdicts:
    """Who writes a template that the server renders reads its variables, and with most template languages runs code.
    Proof is the product of two random numbers, twice. Tools that say that they render templates are not meant.
    """
    did = "A template in the argument {label} was rendered, marked by {how}: the answers hold the products."
    return judged(seen.places, TEMPLATE, did, NO_TEXT)


@check(
    evaluated,
    id="injection/evaluates-code",
    title="Text of a caller is evaluated as code",
    requirements=_RULES,
    severity=Severity.CRITICAL,
    category=Category.SECURITY,
    remediation="Parse what you expect (a number, a formula) with a grammar of its own; never eval it.",
    references=("https://cwe.mitre.org/data/definitions/95.html", "https://cwe.mitre.org/data/definitions/502.html"),
)
def evaluates_code(seen: Evaluated) -> Verdicts:
    """An `eval` behind a calculator, a filter or a YAML loader runs whatever the language can do. The forms ask for
    more than arithmetic (the length of a text that is repeated) or break out of quotes, so that a calculator that only
    calculates is no finding. Proof is a product that the request does not hold, twice.
    """
    did = "The argument {label} was evaluated as {how}: the answers hold the products of the factors."
    return judged(seen.places, CODE, did, NO_TEXT)
