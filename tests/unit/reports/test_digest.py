"""The words that every format for people uses."""

import pytest
from mcp_audit_harness.model import Severity, Status
from mcp_audit_reports.digest import breakdown, cut_off, listed, status_word


@pytest.mark.parametrize(
    ("limit", "row", "lines"),
    [
        (3, "a, b", ["a", "b"]),
        (2, "a, b", ["a", "b"]),
        (1, "a and 1 more", ["a", "and 1 more in the JSON report"]),
    ],
)
def test_what_is_left_out_is_counted(limit: int, row: str, lines: list[str]) -> None:
    assert listed(["a", "b"], limit) == row
    assert cut_off(["a", "b"], limit, " in the JSON report") == lines


def test_a_breakdown_names_only_what_there_is_in_the_order_of_the_words() -> None:
    assert breakdown([Severity.LOW, Severity.HIGH, Severity.LOW], Severity) == "1 high, 2 low"
    assert breakdown([], Severity) == ""


def test_a_status_is_read_as_words() -> None:
    assert [status_word(status) for status in Status] == ["pass", "fail", "not applicable", "not observed", "error"]
