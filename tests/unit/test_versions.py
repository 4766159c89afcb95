"""Versions are compared by the rules of their ecosystem."""

import pytest
from mcp_audit_harness.versions import in_any


@pytest.mark.parametrize(
    ("ecosystem", "version", "ranges", "expected"),
    [
        ("PyPI", "1.22.0", ("<1.23.0",), True),
        ("PyPI", "1.23.0", ("<1.23.0",), False),
        ("PyPI", "1.9.10", ("<1.10.0",), True),
        ("PyPI", "2.0.0a2", (">=2.0.0a1 <2.2.0",), True),
        ("PyPI", "2.0.1", ("<1.29.1", ">=2.0.0 <2.1.0"), True),
        ("PyPI", "1.29.1", ("<1.29.1", ">=2.0.0 <2.1.0"), False),
        ("npm", "1.25.3", (">=1.10.0 <1.26.0",), True),
        ("npm", "1.9.0", (">=1.10.0 <1.26.0",), False),
        ("npm", "2.0.0-beta.16", (">=2.0.0-beta.1 <2.0.0-beta.17",), True),
        ("npm", "2.0.0-beta.17", (">=2.0.0-beta.1 <2.0.0-beta.17",), False),
        ("npm", "2.0.0", (">=2.0.0-beta.1 <2.0.0-beta.17",), False),
        ("npm", "2025.3.28", ("<0.6.3", ">=0.7.0 <2025.7.1"), True),
        ("Go", "v1.3.1", ("<1.3.1",), False),
        ("Go", "v1.3.1-rc.1+build", ("<1.3.1",), True),
        ("crates.io", "1.7.0", ("<=1.7.0",), True),
        ("RubyGems", "0.22", ("<0.23.0",), True),
        ("Maven", "1.1.0", ("<0.18.3", ">=1.0.0 <1.0.1", ">=1.1.0 <1.1.1"), True),
        ("npm", "anything at all", ("*",), True),
    ],
)
def test_a_version_is_in_a_range_or_not(ecosystem: str, version: str, ranges: tuple[str, ...], expected: bool) -> None:
    assert in_any(ecosystem, version, ranges) is expected


@pytest.mark.parametrize("ecosystem", ["PyPI", "npm"])
@pytest.mark.parametrize("version", ["", "latest", "1.x", "１.0", "1.0.0\n<2"])  # noqa: RUF001
def test_nothing_is_said_of_a_version_that_cannot_be_read(ecosystem: str, version: str) -> None:
    assert not in_any(ecosystem, version, ("<99",))


@pytest.mark.parametrize("ecosystem", ["PyPI", "npm"])
@pytest.mark.parametrize("text", ["", "before 2", "~1.0.0 x", "<"])
def test_no_version_is_in_a_range_that_cannot_be_read(ecosystem: str, text: str) -> None:
    if (ecosystem, text) == ("PyPI", ""):
        pytest.skip("PEP 440 takes the empty range for every version; the database has none")
    assert not in_any(ecosystem, "1.0.0", (text,))
