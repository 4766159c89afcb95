"""What the output goes to: whether it shows colours, and how wide it is."""

import os
import shutil
import sys


def shows_color() -> bool:
    """Return whether standard output is a terminal that colours are wanted on (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns(elsewhere: int = 100) -> int:
    """Return the width of the terminal, or that of output elsewhere."""
    return shutil.get_terminal_size((elsewhere, 24)).columns
