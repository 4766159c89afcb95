"""`fuzz`: an audit by the checks that generate their requests, and a test file of what failed."""

import gc
import secrets
import sys
from pathlib import Path

from ..fuzz.settings import FuzzSettings
from ..model import Target
from ..policy import FailOn, Options
from .audit import Output, audit_command
from .extras import demand, importable
from .usage import UsageError

_COLLECTED_AFTER = (10_000, 20, 50)
"""Searching makes much that is soon gone: by default a fifth of the time goes into looking for cycles in it."""


def fuzz_settings(cases: int, seed: int | None, database: Path | None) -> FuzzSettings:
    """Return the settings of a run; without a seed it gets a new one."""
    return FuzzSettings(cases, secrets.randbelow(1 << 32) if seed is None else seed, database)


def fuzz_command(
    target: Target, options: Options, output: Output, fail_on: FailOn, *, strict: bool, emit_test: Path | None
) -> int:
    """Fuzz the target, write the reports and the tests, return the exit code.

    Raises:
        UsageError: without the extra, or if the tests cannot be written where they are wanted.
    """
    demand("fuzz", "fuzzing", installed=importable("hypothesis", "schemathesis"))
    if emit_test is not None and (emit_test.is_dir() or not emit_test.absolute().parent.is_dir()):
        raise UsageError(f"--emit-test takes a file in a directory that exists, not {str(emit_test)!r}")
    gc.set_threshold(*_COLLECTED_AFTER)
    if not output.quiet:
        sys.stderr.write(f"mcp-audit: seed {options.seed}\n")
    return audit_command(target, options, output, fail_on, strict=strict, tests=emit_test)
