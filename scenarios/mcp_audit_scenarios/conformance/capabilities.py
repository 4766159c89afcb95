"""Capabilities: what is declared is served, and what is served is declared."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Era,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .trials import code_of, control_and_template, how, patience

_METHOD_NOT_FOUND = -32601
_LISTS = (
    ("tools", "tools/list", "tools"),
    ("resources", "resources/list", "resources"),
    ("prompts", "prompts/list", "prompts"),
)


@dataclass(frozen=True, slots=True)
class Use:
    """One request that belongs to a capability."""

    capability: str
    member: str
    """The member of the result that lists something; empty where the method lists nothing."""
    exchange: Exchange

    @property
    def count(self) -> int:
        """How many items the result lists."""
        items = self.exchange.result.get(self.member) if self.exchange.result is not None else None
        return len(items) if isinstance(items, list) else 0


@dataclass(frozen=True, slots=True)
class Uses:
    """Every capability tried: those that are declared, and the lists of those that are not."""

    control: Exchange
    declared: tuple[Use, ...]
    undeclared: tuple[Use, ...]


@scenario(impact=Impact.PROBING, thorough=True)
async def uses(probe: Probe) -> Uses:
    """Ask for the lists of every feature, declared or not, for a completion and for a log level.

    The requests carry progress tokens, so that a server that reports progress does so here.
    """
    control, _ = await control_and_template(probe)
    timeout = patience(control)

    async def use(capability: str, method: str, member: str = "", params: JsonObject | None = None) -> Use:
        token = {"progressToken": f"audit-{method}"}
        return Use(capability, member, await probe.request(method, params, meta=token, timeout=timeout))

    lists = [(await use(*entry), probe.offer.declares(entry[0])) for entry in _LISTS]
    others: list[Use] = []
    if probe.offer.declares("completions"):
        others.append(await use("completions", "completion/complete", params=_COMPLETION))
    if probe.offer.declares("logging") and probe.revision.era is Era.HANDSHAKE:
        others.append(await use("logging", "logging/setLevel", params={"level": "info"}))
    return Uses(
        control,
        (*(found for found, declared in lists if declared), *others),
        tuple(found for found, declared in lists if not declared),
    )


_COMPLETION: JsonObject = {
    "ref": {"type": "ref/prompt", "name": "mcp-audit-unknown"},
    "argument": {"name": "unknown", "value": ""},
}


@check(
    uses,
    id="lifecycle/declares-capability-it-does-not-serve",
    title="A declared capability is not served",
    requirements=(
        "derived/capability-gates-methods",
        "tools/tools-list-answered",
        "prompts/prompts-list-answered",
        "resources/resources-list-answered",
    ),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Declare only capabilities whose methods you implement.",
)
def declares_capability_it_does_not_serve(seen: Uses) -> Verdicts:
    """Clients choose what to show by the declared capabilities. One that is declared and answers method not found
    gives users a menu of errors.
    """
    if not seen.declared:
        return not_applicable("the server declares no capability that has a method to try", seen.control)
    failures = [
        failed(
            f"The server declares {use.capability} and answers {use.exchange.sent.method} with {how(use.exchange)}.",
            use.exchange,
            seen.control,
            subject=f"capability:{use.capability}",
        )
        for use in seen.declared
        if code_of(use.exchange) == _METHOD_NOT_FOUND
    ]
    answered = [use.exchange for use in seen.declared if use.exchange.answered]
    if failures:
        return failures
    return passed(*answered) if answered else not_observed("no method of a capability was answered", seen.control)


@check(
    uses,
    id="lifecycle/serves-undeclared-capability",
    title="A feature is served that is not declared",
    requirements=(
        "tools/declare-tools-capability",
        "resources/declare-resources-capability",
        "prompts/declare-prompts-capability",
        "prompts/prompts-respect-capabilities",
        "prompts/declare-prompts-in-discover",
    ),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Declare the capability of every feature that you serve.",
)
def serves_undeclared_capability(seen: Uses) -> Verdicts:
    """What is not declared is not looked for: clients do not show it, and nobody who reviews the capabilities of a
    server knows that it is there. An empty list is no feature.
    """
    if not seen.undeclared:
        return not_applicable("the server declares tools, resources and prompts")
    failures = [
        failed(
            f"The server does not declare {use.capability}, and lists {use.count} of them.",
            use.exchange,
            seen.control,
            subject=f"capability:{use.capability}",
        )
        for use in seen.undeclared
        if use.count
    ]
    answered = [use.exchange for use in seen.undeclared if use.exchange.answered]
    if failures:
        return failures
    return passed(*answered) if answered else not_observed("no list was answered", seen.control)
