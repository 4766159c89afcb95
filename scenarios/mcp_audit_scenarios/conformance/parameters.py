"""Parameters of a wrong shape (JSON-RPC 2.0, section 5.1; the request types of the schema). No tool is ever called."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import Category, Era, Exchange, Impact, JsonObject, Severity, not_applicable
from mcp_audit_harness.probe import Probe

from .trials import Trial, control_and_template, never_served, patience, right_code

_INVALID_PARAMS = -32602
_HEADER_MISMATCH = -32020
_REQUIRED = {
    "tools": ("tools/call", "name"),
    "resources": ("resources/read", "uri"),
    "prompts": ("prompts/get", "name"),
}


@dataclass(frozen=True, slots=True)
class WrongParameters:
    """Requests whose parameters lack what the schema requires, or hold it in another type."""

    control: Exchange
    trials: tuple[Trial, ...]
    codes: frozenset[int]
    """Error codes that the revision allows for them."""


@scenario(impact=Impact.PROBING, thorough=True)
async def wrong_parameters(probe: Probe) -> WrongParameters:
    """Ask each declared feature for something without a name, and with a number for a name."""
    control, _ = await control_and_template(probe)
    timeout = patience(control)
    trials = tuple(
        [
            Trial(name, await probe.request(method, params, timeout=timeout))
            for name, method, params in _spoiled(probe.offer.declares)
        ]
    )
    stateless = probe.revision.era is Era.STATELESS
    return WrongParameters(control, trials, frozenset({_INVALID_PARAMS} | ({_HEADER_MISMATCH} if stateless else set())))


def _spoiled(declares: Callable[[str], bool]) -> Iterator[tuple[str, str, JsonObject]]:
    for capability, (method, member) in _REQUIRED.items():
        if declares(capability):
            yield f"{method} without {member}", method, {}
            yield f"{method} with a number for its {member}", method, {member: 7}


@check(
    wrong_parameters,
    id="jsonrpc/serves-invalid-params",
    title="A request without a required parameter gets a result",
    requirements=("derived/invalid-params-32602",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Validate the parameters of each method against the schema before acting on them.",
)
def serves_invalid_params(seen: WrongParameters) -> Verdicts:
    """A server that acts on parameters that it has not validated acts on a guess. What it guesses is not what the
    client meant.
    """
    if not seen.trials:
        return not_applicable("the server declares none of tools, resources and prompts")
    return never_served(seen.control, [trial for trial in seen.trials if not _is_tool_error(trial.exchange)])


@check(
    wrong_parameters,
    id="jsonrpc/wrong-code-for-invalid-params",
    title="Invalid parameters are refused with another code than -32602",
    requirements=("derived/invalid-params-32602",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer parameters of a wrong shape with error code -32602 (invalid params).",
)
def wrong_code_for_invalid_params(seen: WrongParameters) -> Verdicts:
    """-32602 tells a client, or the model behind it, to correct the parameters. Other codes tell it that the server
    is broken, or that the method does not exist.
    """
    if not seen.trials:
        return not_applicable("the server declares none of tools, resources and prompts")
    return right_code(seen.control, seen.trials, seen.codes)


def _is_tool_error(exchange: Exchange) -> bool:
    """Whether the refusal came as the result of a tool, as some SDKs send it."""
    return exchange.result is not None and exchange.result.get("isError") is True
