"""Arguments of prompts are text: what looks like a template in them is not evaluated (server/prompts)."""

import json
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Verdicts, check, listed, scenario
from mcp_audit_harness.model import Category, Exchange, Impact, JsonObject, Severity, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

from .prompts import completed, required

_MAX_PROMPTS = 3


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One prompt, filled in with a plain text and with the same text as a product in several template languages."""

    prompt: str
    product: str
    """What the templates come to; no request holds it."""
    control: Exchange
    spoiled: Exchange


@dataclass(frozen=True, slots=True)
class Evaluations:
    """The first prompts that take arguments."""

    prompts: tuple[Evaluation, ...]


@scenario(needs=(listed("prompts"),), impact=Impact.PROBING, bench=Bench.DIAGNOSTICS, thorough=True)
async def evaluations(probe: Probe) -> Evaluations:
    found: list[Evaluation] = []
    for prompt in probe.offer.prompts:
        name, argument = prompt.get("name"), _first_argument(prompt)
        if not isinstance(name, str) or not argument or len(found) >= _MAX_PROMPTS:
            continue
        arguments: JsonObject = {**dict.fromkeys(required(prompt), "mcp-audit"), argument: "mcp-audit"}
        control = await probe.request("prompts/get", {"name": name, "arguments": arguments})
        if not control.ok:
            arguments = {**(await completed(probe, prompt) or {})}
            control = await probe.request("prompts/get", {"name": name, "arguments": arguments})
        if control.ok:
            left, right = probe.rng.randrange(10_000, 99_999), probe.rng.randrange(10_000, 99_999)
            spoiled = {"name": name, "arguments": {**arguments, argument: _templates(f"{left}*{right}")}}
            answer = await probe.request("prompts/get", spoiled)
            found.append(Evaluation(name, str(left * right), control, answer))
    return Evaluations(tuple(found))


def _first_argument(prompt: JsonObject) -> str:
    arguments = prompt.get("arguments")
    names = [item.get("name") for item in arguments if isinstance(item, dict)] if isinstance(arguments, list) else []
    return next((name for name in [*required(prompt), *names] if isinstance(name, str)), "")


def _templates(term: str) -> str:
    """Return a term in the template languages of Python, JavaScript, Ruby, Java and PHP."""
    return f"{{{{{term}}}}} ${{{term}}} <%= {term} %> #{{{term}}} {{{term}}}"


@check(
    evaluations,
    id="prompts/evaluates-arguments",
    title="Argument of a prompt is evaluated as a template",
    requirements=("prompts/prompt-injection-validation",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Put arguments into the finished text as data; never into a template before it is rendered.",
    references=("https://cwe.mitre.org/data/definitions/1336.html",),
)
def evaluates_arguments(seen: Evaluations) -> Verdicts:
    """Who can write a template that the server renders can read its variables, and often run code on it. Proof is the
    product of two random numbers that the request names only as factors.
    """
    evaluated = [
        failed(
            f"{one.prompt} holds the product of the factors", one.spoiled, one.control, subject=f"prompt:{one.prompt}"
        )
        for one in seen.prompts
        if one.product and one.product in _text(one.spoiled) and one.product not in _text(one.control)
    ]
    answered = [exchange for one in seen.prompts if one.control.ok for exchange in (one.spoiled, one.control)]
    if evaluated:
        return evaluated
    if not any(one.spoiled.answered for one in seen.prompts if one.control.ok):
        return not_observed("no listed prompt could be filled in with a text", *answered)
    return passed(*answered)


def _text(exchange: Exchange) -> str:
    return json.dumps(exchange.result or {}, default=str)
