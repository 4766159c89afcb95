"""What the searches of a run need of the command line: a place for what failed, and somebody to tell."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from ..engine.events import Emit
from ..fuzz.settings import FuzzSettings
from ..policy import Options, Profile
from .extras import importable


@contextmanager
def generating(options: Options, directory: Path | None, emit: Emit) -> Iterator[FuzzSettings]:
    """Yield the settings of the searches of a run whose reports go to `directory`; None: nowhere."""
    fuzz = replace(options.fuzz, tell=emit)
    if options.profile is not Profile.DEEP or not importable("hypothesis"):
        yield fuzz
        return
    with ExitStack() as stack:
        if fuzz.database is None and directory is not None:
            fuzz = replace(fuzz, database=directory / "fuzz")
        _keep_in(fuzz.database or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcp-audit-"))))
        yield fuzz


def _keep_in(directory: Path) -> None:
    """Let Hypothesis keep its tables beside what failed, not in a directory of its own where the operator stands."""
    from hypothesis.configuration import set_hypothesis_home_dir  # noqa: PLC0415 - of an extra

    set_hypothesis_home_dir(directory / "hypothesis")
