"""What a server makes of odd completion requests, and what its completions give away (server/utilities/completion)."""

from dataclasses import dataclass
from itertools import pairwise

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Revision,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .completion import complete, open_arguments, values_of
from .trials import Trial, subject_of

_MAX_ARGUMENTS = 3
_NOWHERE: JsonObject = {"type": "ref/prompt", "name": "mcp-audit-none"}
_HOST_FILE = "/etc/passwd"
_TYPED = "/etc/pass"
_CLIMB = "../" * 12


@dataclass(frozen=True, slots=True)
class CompletionInputs:
    """Completions of what is listed, as they should be and as they should not."""

    declared: bool
    expected: bool
    """Whether the revision has the capability, so that a server that completes has to declare it."""
    controls: tuple[Exchange, ...]
    malformed: tuple[Trial, ...]
    paths: tuple[Trial, ...]

    @property
    def served(self) -> tuple[Exchange, ...]:
        """The controls that were answered with a completion."""
        return tuple(control for control in self.controls if control.ok)


@scenario(impact=Impact.PROBING, bench=Bench.DIAGNOSTICS, thorough=True)
async def completion_inputs(probe: Probe) -> CompletionInputs:
    """Complete what is listed; then with a wrong type, without an argument, and with what looks like a path."""
    wanted = list(open_arguments(probe))[:_MAX_ARGUMENTS]
    controls = [await complete(probe, *each) for each in wanted] or [await complete(probe, _NOWHERE, "none")]
    working = [each for each, control in zip(wanted, controls, strict=False) if control.ok]
    best = max(zip(wanted, controls, strict=False), key=lambda pair: len(values_of(pair[1])), default=None)
    malformed: list[Trial] = []
    if best is not None and best[1].ok:
        (reference, name), _ = best
        for what, params in (
            ("a number as value", {"ref": reference, "argument": {"name": name, "value": 7}}),
            ("no argument", {"ref": reference}),
            ("a reference of no known type", {"ref": {**reference, "type": "ref/mcp-audit"}, "argument": _named(name)}),
        ):
            malformed.append(Trial(what, await probe.request("completion/complete", params)))
    paths = [
        Trial(f"{typed!r} for {name}", await complete(probe, reference, name, typed))
        for reference, name in working
        for typed in (_TYPED, f"{_CLIMB}{_TYPED[1:]}")
    ]
    declared, expected = probe.offer.declares("completions"), probe.revision >= Revision.V2025_03_26
    return CompletionInputs(declared, expected, tuple(controls), tuple(malformed), tuple(paths))


def _named(name: str) -> JsonObject:
    return {"name": name, "value": ""}


@check(
    completion_inputs,
    id="completion/served-undeclared",
    title="Arguments are completed, and completions are not declared",
    requirements=("completion/declare-completions",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Declare the capability completions.",
)
def served_undeclared(seen: CompletionInputs) -> Verdict:
    """Clients ask for completions only where they are declared: what is not declared is never used."""
    completing = [control for control in seen.served if values_of(control)]
    if completing and seen.expected and not seen.declared:
        return failed("completion/complete gives values, and completions are not declared", *completing)
    answered = [control for control in seen.controls if control.answered]
    return passed(*answered) if answered else not_observed("completion/complete was not answered", *seen.controls)


@check(
    completion_inputs,
    id="completion/completes-malformed-request",
    title="Completion request without its parts gives values",
    requirements=("completion/completion-validate-all-inputs", "completion/completion-validate-inputs-should"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Check reference, argument and value before you look anything up; answer -32602 to what does not fit.",
)
def completes_malformed_request(seen: CompletionInputs) -> Verdicts:
    """What is not checked here is handed on: to a query, to a path. An empty list is accepted as an answer."""
    if not seen.served:
        return _not_served(seen)
    taken = [
        failed(f"{trial.name} was completed", trial.exchange, *seen.served[:1], subject=subject_of(trial))
        for trial in seen.malformed
        if values_of(trial.exchange)
    ]
    answered = [trial.exchange for trial in seen.malformed if trial.exchange.answered]
    return taken or (passed(*answered) if answered else not_observed("no answer came", *seen.served))


@check(
    completion_inputs,
    id="completion/discloses-host-files",
    title="Completion gives names of files of the host",
    requirements=("completion/completion-no-disclosure",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Complete from what the caller may see; never from the file system by what was typed.",
    references=("https://cwe.mitre.org/data/definitions/22.html", "https://cwe.mitre.org/data/definitions/200.html"),
)
def discloses_host_files(seen: CompletionInputs) -> Verdicts:
    """Completion answers to half a word. Who completes paths beyond its own data lets anybody walk through the disk of
    the host, key by key. Proof is the rest of a path that every such host has, of which the request had the beginning.
    """
    if not seen.served:
        return _not_served(seen)
    given = [
        failed(f"{trial.name} was completed to a path of the host", trial.exchange, *seen.served[:1])
        for trial in seen.paths
        if any(value.endswith(_HOST_FILE.rpartition("/")[2]) for value in values_of(trial.exchange))
    ]
    answered = [trial.exchange for trial in seen.paths if trial.exchange.answered]
    return given[:1] or (passed(*answered) if answered else not_observed("no answer came", *seen.served))


def _not_served(seen: CompletionInputs) -> Verdict:
    if any(control.refused for control in seen.controls) and not seen.declared:
        return not_applicable("the server does not complete anything", *seen.controls)
    return not_observed("no completion gave a result", *seen.controls)


@dataclass(frozen=True, slots=True)
class Dependence:
    """One argument, completed after each of two values of another one."""

    subject: str
    answers: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Dependences:
    """What was tried, in order."""

    tried: tuple[Dependence, ...]


def depends(one: Dependence) -> bool:
    """Whether the suggestions differ by what was filled in before."""
    return len({tuple(values_of(answer)) for answer in one.answers if answer.ok}) > 1


@scenario(bench=Bench.DIAGNOSTICS, thorough=True)
async def dependences(probe: Probe) -> Dependences:
    """Complete an argument, take two of its values, and complete the next argument of the same prompt after each."""
    if not probe.offer.declares("completions"):
        raise Unobservable("the server does not declare completions")
    arguments = list(open_arguments(probe))
    tried: list[Dependence] = []
    for (reference, first), (other, second) in pairwise(arguments):
        if reference != other or len(tried) >= _MAX_ARGUMENTS:
            continue
        values = values_of(await complete(probe, reference, first))[:2]
        contexts: list[JsonObject] = [{"arguments": {first: value}} for value in values]
        answers = [await complete(probe, reference, second, context=context) for context in contexts]
        if len(answers) > 1:
            tried.append(Dependence(f"{second} after {first}", tuple(answers)))
    return Dependences(tuple(tried))
