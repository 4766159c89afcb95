"""The command line: the only place that imports scenarios and reports; wiring only."""

import os
import sys
from collections.abc import Sequence

COMMANDS = (
    *("run", "fuzz", "load", "source", "openapi", "demo", "pin", "judge", "matrix", "diff"),
    *("list", "explain", "calibrate", "issuer", "serve-reference", "doctor", "completion"),
)
COMPLETE = "_MCP_AUDIT_COMPLETE"
"""The variable with which a shell asks for words that fit."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run `mcp-audit` and exit with its code. `mcp-audit TARGET` stands for `mcp-audit run TARGET`."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        # Before anything heavy is imported: scripts ask for the version often.
        import importlib.metadata  # noqa: PLC0415

        sys.stdout.write(f"mcp-audit {importlib.metadata.version('mcp-audit')}\n")
        sys.exit(0)
    if COMPLETE in os.environ:
        from .completion import answer  # noqa: PLC0415 - start-up time

        sys.exit(answer())
    from .app import execute  # noqa: PLC0415 - start-up time

    sys.exit(execute(words))


def split_command(words: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the words with the command made explicit, and the stdio command line after the first `--`."""
    head = list(words)
    tail: tuple[str, ...] = ()
    if "--" in head:
        cut = head.index("--")
        head, tail = head[:cut], tuple(head[cut + 1 :])
    if not head and not tail:
        return ["--help"], ()
    if not head or head[0] not in {*COMMANDS, "--help", "--version"}:
        head.insert(0, "run")
    return head, tail
