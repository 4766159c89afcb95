"""An audit of a hostile server ends in time, stays small, visits nobody, and shows nothing unescaped."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.hostile.auditor import audit
from tests.hostile.servers import HTTP, STDIO, attempt

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    # A hostile server is thrown away in the middle of what it does, with connections that it has just accepted.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

_BUDGET_S = 2.0
_AT_ONCE = 5
_GROUPS = 8


def _groups() -> dict[str, list[str]]:
    """Return the servers in groups whose audits mostly wait, so that they can go on at the same time."""
    names = [*HTTP, *STDIO]
    return {f"{names[first]}…": names[first::_GROUPS] for first in range(_GROUPS)}


@pytest.mark.parametrize("names", _groups().values(), ids=_groups().keys())
def test_an_audit_withstands_hostile_servers(names: list[str]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = list(pool.map(lambda name: attempt(name, budget_s=_BUDGET_S, timeout_s=1.0), names))
    assert [fault for outcome in outcomes for fault in outcome.wrong(_BUDGET_S)] == []


def test_there_are_many_of_them() -> None:
    assert len(HTTP) >= 60
    assert len(STDIO) >= 18


def test_the_guard_keeps_an_audit_from_a_foreign_address(tmp_path: Path) -> None:
    """The proof that nobody was visited is worth something: a connection to elsewhere is seen, and not made."""
    ended = audit(("http://169.254.169.254/mcp", "--budget", "2"), tmp_path, port=80, limit_s=30)
    assert ended.foreign[:1] in {("resolves 169.254.169.254",), ("connects to 169.254.169.254:80",)}
    assert ended.exit_code == 3
