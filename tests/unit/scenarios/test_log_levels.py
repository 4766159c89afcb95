"""The checks of log levels judge hand-built exchanges."""

import pytest
from mcp_audit_harness.model import Exchange, Outcome, Status
from mcp_audit_scenarios.conformance import log_levels

from tests.exchanges import exchange, refusal, silence, status

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
OK = exchange(result={})


@pytest.mark.parametrize(
    ("control", "spoiled", "accepts", "code"),
    [
        (OK, refusal(-32602), PASS, PASS),
        (OK, refusal(-32603), PASS, FAIL),
        (OK, refusal("-32602"), PASS, FAIL),
        (OK, refusal(None), PASS, FAIL),
        (OK, OK, FAIL, UNSEEN),
        (OK, exchange(status=400), PASS, UNSEEN),
        (OK, exchange(status=400, outcome=Outcome.CLOSED), UNSEEN, UNSEEN),
        (OK, silence(), UNSEEN, UNSEEN),
        (refusal(-32601), OK, UNSEEN, UNSEEN),
        (refusal(-32601), refusal(-32601), UNSEEN, UNSEEN),
        (silence(), OK, UNSEEN, UNSEEN),
    ],
)
def test_a_word_that_is_no_level_is_refused(
    control: Exchange, spoiled: Exchange, accepts: Status, code: Status
) -> None:
    facts = log_levels.Levels(control, spoiled)
    assert status(log_levels.accepts_unknown_level, facts) is accepts
    assert status(log_levels.wrong_code_for_unknown_level, facts) is code
