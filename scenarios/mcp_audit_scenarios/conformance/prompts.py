"""Prompts: known, unknown, and without their arguments (server/prompts)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, capability, check, listed, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .refusals import refused_as_invalid_params

_MAX_PROMPTS = 10


@dataclass(frozen=True, slots=True)
class UnknownPrompt:
    """A prompt that no server has."""

    control: Exchange
    unknown: Exchange


@scenario(needs=(capability("prompts"),), impact=Impact.PROBING)
async def unknown_prompt(probe: Probe) -> UnknownPrompt:
    control = await probe.request("prompts/list")
    name = f"mcp-audit-no-such-prompt-{probe.rng.randrange(10**6)}"
    return UnknownPrompt(control, await probe.request("prompts/get", {"name": name}))


@check(
    unknown_prompt,
    id="prompts/serves-unknown",
    title="Prompt that does not exist is served",
    requirements=("prompts/prompt-errors",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 to a name that is not listed.",
)
def serves_unknown(seen: UnknownPrompt) -> Verdict:
    """A misspelt prompt becomes an empty one, and the model goes to work on nothing."""
    if seen.unknown.ok:
        return failed("a made-up prompt was answered with a result", seen.unknown, seen.control)
    if seen.unknown.answered and seen.unknown.refused:
        return passed(seen.unknown, seen.control)
    return not_observed("no answer", seen.unknown)


@check(
    unknown_prompt,
    id="prompts/wrong-code-for-unknown",
    title="Unknown prompt is refused with a code other than -32602",
    requirements=("prompts/prompt-errors",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 (invalid params).",
)
def wrong_code_for_unknown(seen: UnknownPrompt) -> Verdict:
    """By the code a client tells a wrong name from a broken server."""
    return refused_as_invalid_params(seen.unknown, seen.control)


@dataclass(frozen=True, slots=True)
class MissingArgument:
    """A listed prompt without its required arguments."""

    control: Exchange
    prompt: str
    missing: str
    spoiled: Exchange


@scenario(needs=(listed("prompts"),), impact=Impact.PROBING)
async def missing_argument(probe: Probe) -> MissingArgument:
    control = await probe.request("prompts/list")
    for prompt in probe.offer.prompts:
        needed = required(prompt)
        if needed and isinstance(prompt.get("name"), str):
            spoiled = await probe.request("prompts/get", {"name": prompt["name"], "arguments": {}})
            return MissingArgument(control, prompt["name"], needed[0], spoiled)
    raise Unobservable("no listed prompt has a required argument", control)


def required(prompt: JsonObject) -> list[str]:
    """Return the names of the arguments that a prompt needs."""
    arguments = prompt.get("arguments")
    return [
        item["name"]
        for item in (arguments if isinstance(arguments, list) else ())
        if isinstance(item, dict) and item.get("required") is True and isinstance(item.get("name"), str)
    ]


@check(
    missing_argument,
    id="prompts/accepts-missing-argument",
    title="Prompt is served without its required argument",
    requirements=("prompts/validate-prompt-arguments",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Check required arguments before you fill the prompt in.",
)
def accepts_missing_argument(seen: MissingArgument) -> Verdict:
    """The text that comes out has a hole, which the model fills with what it makes up."""
    if seen.spoiled.ok:
        text = f"{seen.prompt} was served without {seen.missing}"
        return failed(text, seen.spoiled, seen.control, subject=f"prompt:{seen.prompt}")
    if seen.spoiled.answered and seen.spoiled.refused:
        return passed(seen.spoiled, seen.control)
    return not_observed("no answer", seen.spoiled)


@check(
    missing_argument,
    id="prompts/wrong-code-for-missing-argument",
    title="Missing prompt argument is refused with a code other than -32602",
    requirements=("prompts/prompt-errors",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 (invalid params).",
)
def wrong_code_for_missing_argument(seen: MissingArgument) -> Verdict:
    """By the code a client knows to ask its user for the argument, instead of reporting a failure."""
    return refused_as_invalid_params(seen.spoiled, seen.control, subject=f"prompt:{seen.prompt}")


@dataclass(frozen=True, slots=True)
class GotPrompt:
    """One listed prompt, fetched with arguments that ought to be right."""

    name: str
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class GotPrompts:
    """Every listed prompt whose required arguments, if it has any, the server itself completes."""

    listing: Exchange
    prompts: tuple[GotPrompt, ...]


@scenario(needs=(listed("prompts"),))
async def got_prompts(probe: Probe) -> GotPrompts:
    listing = await probe.request("prompts/list")
    got: list[GotPrompt] = []
    for prompt in probe.offer.prompts[:_MAX_PROMPTS]:
        name = prompt.get("name")
        arguments = await completed(probe, prompt) if isinstance(name, str) else None
        if isinstance(name, str) and arguments is not None:
            params = {"name": name, "arguments": arguments} if arguments else {"name": name}
            got.append(GotPrompt(name, await probe.request("prompts/get", params)))
    return GotPrompts(listing, tuple(got))


async def completed(probe: Probe, prompt: JsonObject) -> JsonObject | None:
    """Return a value for each required argument, by the server's own completion; None where it offers none."""
    arguments: JsonObject = {}
    for name in required(prompt):
        if not probe.offer.declares("completions"):
            return None
        reference = {"type": "ref/prompt", "name": prompt["name"]}
        params = {"ref": reference, "argument": {"name": name, "value": ""}}
        answer = await probe.request("completion/complete", params)
        completion = answer.result.get("completion") if answer.result is not None else None
        values = completion.get("values") if isinstance(completion, dict) else None
        if not isinstance(values, list) or not values or not isinstance(values[0], str):
            return None
        arguments[name] = values[0]
    return arguments


@check(
    got_prompts,
    id="prompts/listed-but-refused",
    title="Listed prompt cannot be fetched",
    requirements=("derived/prompt-required-arguments",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Serve what you list, with the arguments that you complete; mark those that it needs as required.",
)
def listed_but_refused(seen: GotPrompts) -> Verdicts:
    """Users pick prompts from the list; one that fails there looks like a broken client."""
    if not seen.prompts:
        return not_observed(
            "every listed prompt has required arguments, which the server does not complete", seen.listing
        )
    refused = [
        failed(f"{got.name} was refused", got.exchange, seen.listing, subject=f"prompt:{got.name}")
        for got in seen.prompts
        if got.exchange.refused
    ]
    answered = [got.exchange for got in seen.prompts if got.exchange.ok]
    return refused or (passed(*answered) if answered else not_observed("no answer", seen.listing))
