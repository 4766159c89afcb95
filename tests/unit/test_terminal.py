"""When output has colours, and how wide it is."""

import sys

import pytest
from mcp_audit_harness.cli.terminal import columns, shows_color


@pytest.mark.parametrize(
    ("terminal", "no_color", "kind", "colored"),
    [
        (True, "", "xterm-256color", True),
        (True, "1", "xterm-256color", False),
        (True, "", "dumb", False),
        (False, "", "xterm-256color", False),
    ],
)
def test_colours_are_for_terminals_whose_users_want_them(
    terminal: bool, no_color: str, kind: str, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", kind)
    assert shows_color() is colored


def test_the_width_is_that_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "61")
    assert columns() == 61
