"""Weaknesses of reaching files."""

import os
from collections.abc import Callable

from oraclepack_faults.fault import replaces


@replaces("oraclepack/s01-follows-file-links", "security", "oraclepack_mcp.security.roots.open_part")
def follows_file_links(open_part: Callable[[str, int, int], int]) -> Callable[[str, int, int], int]:
    """A file is opened even when its name is a symbolic link, wherever that leads."""

    def opened(part: str, flags: int, parent: int) -> int:
        if flags & os.O_DIRECTORY:
            return open_part(part, flags, parent)
        return open_part(part, flags & ~os.O_NOFOLLOW, parent)

    return opened
