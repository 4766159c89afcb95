"""completion/complete (server/utilities/completion)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
    since,
)
from mcp_audit_harness.probe import Probe

from .refusals import refused_as_invalid_params

_MAX_VALUES = 100
_MAX_COMPLETIONS = 5


def completes(probe: Probe) -> Verdict | None:
    """Need the capability `completions`, which exists from 2025-03-26 on."""
    declared = probe.offer.declares("completions")
    return None if declared else not_applicable("the server does not declare completions")


@dataclass(frozen=True, slots=True)
class Completions:
    """Completions of what the listed prompts and templates leave open, each from an empty value."""

    answers: tuple[Exchange, ...]


@scenario(spec=since("2025-03-26"), needs=(completes,))
async def completions(probe: Probe) -> Completions:
    wanted = list(open_arguments(probe))[:_MAX_COMPLETIONS]
    if not wanted:
        raise Unobservable("no listed prompt has an argument, and no template a variable, to complete")
    return Completions(tuple([await complete(probe, reference, name) for reference, name in wanted]))


def open_arguments(probe: Probe) -> Iterator[tuple[JsonObject, str]]:
    """Yield what listed prompts and templates leave open: a reference, and the name of an argument or a variable."""
    for prompt in probe.offer.prompts:
        arguments: Any = prompt.get("arguments")
        for item in arguments if isinstance(arguments, list) else ():
            if isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(prompt.get("name"), str):
                yield {"type": "ref/prompt", "name": prompt["name"]}, item["name"]
    for template in probe.offer.resource_templates:
        uri = template.get("uriTemplate")
        if isinstance(uri, str) and "{" in uri:
            variable = uri.partition("{")[2].partition("}")[0].lstrip("+#./;?&").partition(",")[0].rstrip("*")
            yield {"type": "ref/resource", "uri": uri}, variable


async def complete(probe: Probe, reference: JsonObject, name: str, value: str = "", **more: JsonObject) -> Exchange:
    """Ask for the completions of one argument, from `value` on; `more` are further params."""
    argument = {"name": name, "value": value}
    return await probe.request("completion/complete", {"ref": reference, "argument": argument, **more})


def values_of(answer: Exchange) -> list[str]:
    """Return the texts that a completion gives."""
    completion = answer.result.get("completion") if answer.result is not None else None
    values = completion.get("values") if isinstance(completion, dict) else None
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


@check(
    completions,
    id="completion/too-many-values",
    title="Completion gives more than 100 values",
    requirements=("derived/completion-max-100",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send at most 100 values, and hasMore for the rest.",
)
def too_many_values(seen: Completions) -> Verdicts:
    """Clients draw the list at every key stroke and were promised that it is short."""
    for answer in seen.answers:
        completion = answer.result.get("completion") if answer.result is not None else None
        values = completion.get("values") if isinstance(completion, dict) else None
        if isinstance(values, list) and len(values) > _MAX_VALUES:
            return failed(f"{len(values)} values came", answer)
    answered = [answer for answer in seen.answers if answer.ok]
    return passed(*answered) if answered else not_observed("no completion gave a result", *seen.answers)


@dataclass(frozen=True, slots=True)
class UnknownReference:
    """Completion for a prompt that no server has."""

    unknown: Exchange
    control: Exchange


@scenario(spec=since("2025-03-26"), needs=(completes,), impact=Impact.PROBING)
async def unknown_reference(probe: Probe) -> UnknownReference:
    name = f"mcp-audit-no-such-prompt-{probe.rng.randrange(10**6)}"
    unknown = await complete(probe, {"type": "ref/prompt", "name": name}, "argument")
    method = "prompts/list" if probe.offer.declares("prompts") else "resources/list"
    return UnknownReference(unknown, await probe.request(method))


@check(
    unknown_reference,
    id="completion/serves-unknown-reference",
    title="Completion for a prompt that does not exist gives a result",
    requirements=("completion/completion-errors",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 to a reference that is not listed.",
)
def serves_unknown_reference(seen: UnknownReference) -> Verdict:
    """An empty list reads as 'nothing fits what you typed', so a wrong name is never noticed."""
    if seen.unknown.ok:
        return failed("a made-up prompt was completed with a result", seen.unknown, seen.control)
    if seen.unknown.answered and seen.unknown.refused:
        return passed(seen.unknown, seen.control)
    return not_observed("no answer", seen.unknown)


@check(
    unknown_reference,
    id="completion/wrong-code-for-unknown-reference",
    title="Unknown reference is refused with a code other than -32602",
    requirements=("completion/completion-errors",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 (invalid params).",
)
def wrong_code_for_unknown_reference(seen: UnknownReference) -> Verdict:
    """By the code a client tells its own mistake from a failure of the server."""
    return refused_as_invalid_params(seen.unknown, seen.control)
