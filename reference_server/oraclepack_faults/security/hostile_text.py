"""Weaknesses against text that was made to do harm by being looked at."""

import re
from collections.abc import Callable
from typing import Any, Final

from oraclepack_mcp.packs.block import Block

from oraclepack_faults.fault import replaces

Function = Callable[..., Any]
_BLOCK: Final = re.compile(rb"```bash\n(.*?)\n```", re.DOTALL)


@replaces("oraclepack/s36-searches-again-and-again", "security", "oraclepack_mcp.packs.parser.find_block")
def searches_again_and_again(_: Function) -> Function:
    """For each fence that opens, the whole rest of the file is searched for one that closes."""

    def found(raw: bytes) -> Block | None:
        block = _BLOCK.search(raw)
        if block is None:
            return None
        return Block(block[1].split(b"\n"), raw.count(b"\n", 0, block.start(1)) + 1)

    return found


@replaces("oraclepack/s26-titles-as-they-are", "security", "oraclepack_mcp.packs.parser.escaped")
def titles_as_they_are(_: Function) -> Function:
    """Titles are listed with whatever characters they hold."""
    return lambda text: text


@replaces("oraclepack/s26-nothing-to-be-seen", "security", "oraclepack_mcp.packs.characters.check_characters")
def nothing_to_be_seen(_: Function) -> Function:
    """Nobody is told of characters that cannot be seen."""
    return lambda _raw: []
