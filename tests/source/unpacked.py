"""Where tests find the published sources of servers of others."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from .trees import VARIABLE, FetchError, Published, home, tree


def unpacked(packages: Iterable[Published]) -> Path:
    """Return where the trees are unpacked; a test that needs what cannot be fetched there is skipped."""
    directory = home()
    if directory is None:
        pytest.skip(f"{VARIABLE} names no directory for the published sources")
    for package in packages:
        try:
            tree(package, directory)
        except FetchError as error:
            pytest.skip(f"the published sources cannot be fetched: {error}")
    return directory
