"""What tools make of their callers' schemas: judged on hand-built answers."""

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status, Verdict
from mcp_audit_scenarios.conformance.schema_readers import (
    Reading,
    SchemaReaders,
    guesses_unknown_dialect,
    passes_unresolved_reference,
    reads_without_bound,
)

from tests.exchanges import exchange, refusal, silence

FITS = {"content": [{"type": "text", "text": "It fits."}]}
NO_SCHEMA = {"content": [{"type": "text", "text": "No."}], "isError": True}
CHECKS = {"dialect": guesses_unknown_dialect, "reference": passes_unresolved_reference, "depth": reads_without_bound}


def reading(**answers: Exchange) -> SchemaReaders:
    plain = {name: exchange(result=NO_SCHEMA) for name in CHECKS}
    taken = {"control": exchange(result=FITS), "afterwards": exchange(result=FITS), **plain, **answers}
    return SchemaReaders(Reading(tool="judge", **taken))


def judged(check: Check, facts: SchemaReaders) -> Status:
    found = check.judge(facts)
    assert isinstance(found, Verdict)
    return found.status


@pytest.mark.parametrize("part", CHECKS)
def test_a_refusal_by_the_tool_or_by_the_protocol_passes(part: str) -> None:
    assert judged(CHECKS[part], reading()) is Status.PASS
    assert judged(CHECKS[part], reading(**{part: refusal()})) is Status.PASS


@pytest.mark.parametrize("part", CHECKS)
def test_acceptance_fails(part: str) -> None:
    assert judged(CHECKS[part], reading(**{part: exchange(result=FITS)})) is Status.FAIL


@pytest.mark.parametrize("part", CHECKS)
def test_silence_tells_nothing(part: str) -> None:
    assert judged(CHECKS[part], reading(**{part: silence()})) is Status.NOT_OBSERVED


@pytest.mark.parametrize("part", CHECKS)
def test_without_a_tool_that_reads_schemas_there_is_nothing_to_judge(part: str) -> None:
    assert judged(CHECKS[part], SchemaReaders(None)) is Status.NOT_APPLICABLE


def test_a_tool_that_a_deep_schema_has_broken_fails() -> None:
    facts = reading(depth=refusal(-32603), afterwards=refusal(-32603))
    assert judged(reads_without_bound, facts) is Status.FAIL
