"""Ways up from a listed file, and reads of listed resources that fail."""

import base64
from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import failed_reads, file_resources
from mcp_audit_scenarios.conformance.failed_reads import FailedReads, read_uri
from mcp_audit_scenarios.conformance.file_resources import Climbs
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
PASSWD = "daemon:x:1:1::/:/bin/false\nroot:x:0:0:root:/root:/bin/sh\n"


def read(uri: str = "file:///a/b.txt", **fields: Any) -> Exchange:
    body = f'{{"params": {{"uri": "{uri}"}}}}'
    return exchange(result={"contents": [{"uri": uri, **fields}]}, method="resources/read", sent_body=body)


@pytest.mark.parametrize(
    ("climb", "expected"),
    [
        (refusal(), PASS),
        (read(text="hello"), PASS),
        (read(text="the word root:x:0:0: in a text"), PASS),
        (read(text=PASSWD), FAIL),
        (read(blob=base64.b64encode(PASSWD.encode()).decode()), FAIL),
        (read(blob="no base64"), PASS),
        (exchange(result={"contents": [None, {"text": 7}]}), PASS),
        (silence(), UNSEEN),
    ],
)
def test_a_way_up_is_proved_by_the_first_line_of_a_known_file(climb: Exchange, expected: Status) -> None:
    facts = Climbs(read(), refusal(), (Trial("encoded dots", climb),))
    assert status(file_resources.climbs_out_of_folder, facts) is expected
    assert subjects(file_resources.climbs_out_of_folder, facts) == (
        ["message:encoded-dots"] if expected is FAIL else []
    )


def test_who_serves_the_file_by_its_own_address_climbs_nowhere() -> None:
    facts = Climbs(read(), read(text=PASSWD), (Trial("dots", read(text=PASSWD)),))
    assert status(file_resources.climbs_out_of_folder, facts) is UNSEEN


def failing(code: int) -> Exchange:
    return refusal(code, method="resources/read", sent_body='{"params": {"uri": "u:a"}}')


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (-32603, PASS),
        (0, FAIL),
        (-32601, FAIL),
        (-32600, FAIL),
        (-32700, FAIL),
        (-32602, UNSEEN),
        (-32002, UNSEEN),
        (-32042, UNSEEN),
        (404, UNSEEN),
    ],
)
def test_a_failure_has_the_code_of_internal_errors_or_one_of_its_own(code: int, expected: Status) -> None:
    facts = FailedReads((failing(code), failing(code)), (read(),))
    assert status(failed_reads.wrong_code_for_failure, facts) is expected
    assert subjects(failed_reads.wrong_code_for_failure, facts) == (["resource:u:a"] if expected is FAIL else [])


def test_where_nothing_fails_nothing_is_judged() -> None:
    assert status(failed_reads.wrong_code_for_failure, FailedReads((), (read(),))) is UNSEEN


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"params": []}', '{"params": {"uri": 7}}'])
def test_a_uri_that_cannot_be_told_is_none(body: str) -> None:
    assert read_uri(exchange(sent_body=body)) is None
