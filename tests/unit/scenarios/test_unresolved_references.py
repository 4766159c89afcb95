"""The check of references that cannot be resolved judges hand-built calls."""

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance.unresolved_references import (
    Unresolved,
    UnresolvedCalls,
    ignores_unresolved_reference,
)

from tests.exchanges import exchange, refusal, silence, status


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(), Status.PASS),
        (exchange(result={"isError": True}), Status.PASS),
        (exchange(result={"content": []}), Status.FAIL),
        (silence(), Status.NOT_OBSERVED),
    ],
)
def test_nonsense_is_refused(answer: Exchange, expected: Status) -> None:
    assert status(ignores_unresolved_reference, UnresolvedCalls((Unresolved("t", "p", answer),))) is expected


def test_without_a_call_nothing_is_observed() -> None:
    assert status(ignores_unresolved_reference, UnresolvedCalls(())) is Status.NOT_OBSERVED
