"""Questions inside of results (2026-07-28) against the schema: what each kind of question has to say."""

import re
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Verdicts, check, scenario
from mcp_audit_harness.model import STATELESS, Category, Exchange, Severity, Verdict, failed
from mcp_audit_harness.probe import Probe

from .asking import NOBODY_ASKED, input_requests, shown

PARAMS: Final = re.compile(r"^inputRequests\.[^.\s]+\.params")
"""Where violations are that this module judges."""
_INDEX: Final = re.compile(r"\[\d+\]")
_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Interim:
    """Every exchange whose result asks for input."""

    exchanges: tuple[Exchange, ...]


@scenario(spec=STATELESS, observes=True, bench=Bench.DIAGNOSTICS)
async def interim(probe: Probe) -> Interim:
    return Interim(tuple(exchange for exchange in probe.transcript if input_requests(exchange.result)))


@check(
    interim,
    id="schema/question",
    title="A question in a result does not fit the schema",
    requirements=(
        "derived/elicitation-flat-schema",
        "elicitation/elicitation-required-params",
        "elicitation/form-mode-params",
        "elicitation/url-mode-params",
        "sampling/sampling-message-fields",
    ),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Compare the params of each input request with those of its method in the schema.",
)
def question(seen: Interim) -> Verdicts:
    """Forms that are not flat, messages without a role, pages without an address: the client cannot put the question to
    anybody, and the request is never finished.
    """
    failures: dict[str, Verdict] = {}
    for exchange in seen.exchanges:
        for violation in exchange.violations:
            if PARAMS.search(violation.path):
                place = _INDEX.sub("[*]", violation.path)
                message = f"A question does not fit the schema: {violation.message}."
                failures.setdefault(place, failed(message, exchange, subject=f"member:{place}"))
    return list(failures.values())[:_MOST] or shown(seen.exchanges, NOBODY_ASKED.format("anything"))
