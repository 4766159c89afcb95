"""Whether one session sets the log level of another, judged on hand-built exchanges."""

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.attacks.log_sharing import SharedLevel, shares_level

from tests.exchanges import exchange, refusal, status

QUIET = (exchange(result={}),)
LOUD = (exchange(messages=({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info"}},)),)
SET = exchange(result={})


@pytest.mark.parametrize(
    ("before", "setting", "after", "restored", "expected"),
    [
        (LOUD, SET, QUIET, LOUD, Status.FAIL),
        (LOUD, SET, LOUD, LOUD, Status.PASS),
        (LOUD, SET, QUIET, QUIET, Status.NOT_OBSERVED),
        (QUIET, SET, QUIET, LOUD, Status.NOT_OBSERVED),
        (LOUD, refusal(), LOUD, LOUD, Status.NOT_OBSERVED),
    ],
)
def test_the_level_of_another_session(
    before: tuple[Exchange, ...],
    setting: Exchange,
    after: tuple[Exchange, ...],
    restored: tuple[Exchange, ...],
    expected: Status,
) -> None:
    assert status(shares_level, SharedLevel("talk", before, setting, after, restored)) is expected
