"""Foreign pages and the older transport, judged on hand-built exchanges."""

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.attacks.legacy_callers import LegacyCallers, serves_foreign_origin

from tests.exchanges import exchange, silence, status

STREAM = exchange(headers=(("content-type", "text/event-stream"),), verb="GET")
SERVED = exchange(result={})
FORBIDDEN = exchange(status=403)


@pytest.mark.parametrize(
    ("streams", "requests", "expected"),
    [
        ((STREAM, STREAM), (FORBIDDEN,), Status.FAIL),
        ((FORBIDDEN,), (SERVED, SERVED), Status.FAIL),
        ((STREAM, FORBIDDEN), (FORBIDDEN,), Status.PASS),
        ((FORBIDDEN,), (FORBIDDEN,), Status.PASS),
        ((silence(),), (silence(),), Status.NOT_OBSERVED),
    ],
)
def test_foreign_pages(streams: tuple[Exchange, ...], requests: tuple[Exchange, ...], expected: Status) -> None:
    assert status(serves_foreign_origin, LegacyCallers(STREAM, SERVED, streams, requests)) is expected
