"""Comments by which authors accept a finding."""

import pytest
from mcp_audit_harness.model import Place, Severity, SourceFinding
from mcp_audit_harness.source.ignoring import heed, ignores_of

RULE = "source/no-timeout"


def finding(line: int, rule: str = RULE, end_line: int = 0) -> SourceFinding:
    return SourceFinding(rule, Place("a.py", line, 1, end_line), Severity.LOW, "said")


def left(text: str, *findings: SourceFinding) -> int:
    return len(heed(findings, {"a.py": ignores_of(text)}).findings)


@pytest.mark.parametrize(
    "text",
    [
        "call()  # mcp-audit: ignore[source/no-timeout] the peer is this machine",
        "call() // mcp-audit: ignore[bandit/B310, source/no-timeout] the peer is this machine",
        "/* mcp-audit: ignore[source/no-timeout] the peer is this machine */ call()",
    ],
)
def test_a_comment_with_a_reason_accepts_what_is_on_its_line(text: str) -> None:
    where = 2 if text.startswith("/*") else 1
    assert left(text, finding(where)) == 0
    assert left(text, finding(where + 5)) == 1
    assert left(text, finding(where, "source/bare-except")) == 1


def test_a_comment_that_stands_alone_is_about_the_next_line() -> None:
    assert left("# mcp-audit: ignore[source/no-timeout] the peer is here\ncall()", finding(2)) == 0


def test_a_comment_inside_of_a_statement_of_several_lines_counts() -> None:
    text = "call(\n    url,  # mcp-audit: ignore[source/no-timeout] the peer is here\n)"
    assert left(text, finding(1, end_line=3)) == 0


def test_a_comment_without_a_reason_is_not_heeded_and_said() -> None:
    heeded = heed([finding(1)], {"a.py": ignores_of("call()  # mcp-audit: ignore[source/no-timeout]")})
    assert len(heeded.findings) == 1
    assert [item.why for item in heeded.unheeded] == ["it gives no reason"]


def test_a_comment_that_accepts_nothing_is_said() -> None:
    heeded = heed([], {"a.py": ignores_of("call()  # mcp-audit: ignore[source/no-timeout] once needed")})
    assert [item.why for item in heeded.unheeded] == ["nothing of the kind is found there"]
