"""Putting the parts of the domain together as the settings say."""

from pathlib import Path
from typing import Final

from oraclepack_mcp.catalogue import Limits
from oraclepack_mcp.library import Library
from oraclepack_mcp.security.roots import Root, Roots
from oraclepack_mcp.settings import RootSetting, Settings

SAMPLES: Final = Path(__file__).parent / "samples"
"""The packs that are served when no root is configured."""


def open_library(settings: Settings) -> Library:
    """Open the roots, or the sample packs where there are none.

    Raises:
        OSError: a root is absent or no directory.
    """
    chosen = settings.roots or (RootSetting(name="samples", path=SAMPLES),)
    roots = tuple(Root.open(root.name, root.path, writable=root.writable) for root in chosen)
    return Library(Roots(roots), Limits(settings.max_read_bytes, settings.max_pack_bytes))
