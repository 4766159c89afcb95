"""`pin` and `--pins`: the lock of reviewed definitions, written and read."""

import sys
from pathlib import Path

import anyio

from ..api import take_pins
from ..lock import LockError, lock_text, read_lock
from ..model import Target
from ..pins import Change, Pins, drift
from ..policy import Exit, Options
from .files import read_bytes, write_text
from .usage import UsageError

_MOST_BYTES = 64 * 1024 * 1024
_MOST_LINES = 40


def pin_command(target: Target, options: Options, out: str) -> int:
    """Write the lock of all that the target offers, to standard output for `-`; say what differs from the one before.

    Raises:
        UsageError: if the file cannot be written, or holds something else than a lock.
        TargetError: if the target cannot be read.
    """
    path = None if out == "-" else Path(out)
    before = read_pins(path) if path is not None and path.exists() else None
    pins = anyio.run(take_pins, target, options)
    if path is None:
        sys.stdout.write(lock_text(pins))
        return Exit.CLEAN
    write_text(path, lock_text(pins))
    told = [f"{path}: {len(pins.pins)} definitions pinned at {pins.revision}"]
    told += _differences(before, pins) if before is not None else []
    sys.stderr.write("\n".join(told) + "\n")
    return Exit.CLEAN


def read_pins(path: Path) -> Pins:
    """Return the pins in a lock; raises UsageError if it cannot be read, is too large, or is no lock."""
    try:
        return read_lock(read_bytes(path, _MOST_BYTES).decode("utf-8"))
    except (LockError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error


def _differences(before: Pins, now: Pins) -> list[str]:
    changes = drift(before, now)
    lines = [line for change in changes for line in _lines(change)]
    left = len(lines) - _MOST_LINES
    rest = [f"  … and {left} more"] if left > 0 else []
    return [*lines[:_MOST_LINES], *rest] or ["nothing has changed since the lock before"]


def _lines(change: Change) -> list[str]:
    name = "".join(char if char.isprintable() else "?" for char in change.name[:80])
    return [f"{change.what}: {change.kind} {name}".rstrip(), *(f"  {member.sentence}" for member in change.members)]
