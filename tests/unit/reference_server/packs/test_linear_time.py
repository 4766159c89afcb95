"""Eight times the hostile text takes about eight times the work, for every program that judges a pack (S-36)."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.block import find_block
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.profiles.action_pack import check_action_pack
from oraclepack_mcp.packs.profiles.codebase_lint import check_codebase_lint
from oraclepack_mcp.packs.profiles.common import check_common
from oraclepack_mcp.packs.profiles.gold import check_gold
from oraclepack_mcp.packs.profiles.gold_lint import check_gold_lint
from oraclepack_mcp.packs.profiles.ticketify import check_ticketify
from oraclepack_mcp.packs.profiles.tickets_lint import check_tickets_lint
from oraclepack_mcp.packs.structure import check_structure

from tests.property.growing import grows_linearly

SIZES = (2 * 1024, 16 * 1024, 128 * 1024)
"""Each eight times the one before; what is far too slow shows at once, what is fast on little text in the end."""

TOKENS = "ROI=1 impact=1 confidence=1 effort=S horizon=Now category=UX flows reference=Unknown"
STEPS = "".join(f"# {number:02d}) {TOKENS}\ntrue\n" for number in range(1, 20))
LAST = f"# 20) {TOKENS}\n"
PLACES = {
    "alone": "{}",
    "in a header": "```bash\n" + STEPS + "# 20) {}\n```\n",
    "in a step": "```bash\n" + STEPS + LAST + "{}\n```\n",
    "in a block that stays open": "```bash\n" + STEPS + LAST + "{}",
    "behind the block": "```bash\n" + STEPS + LAST + "```\n## Coverage check\n{}\n",
}
WORDS = [
    *("#", "`", "<<", "{{", "}", "_", "__A", " ", "\\", '"', "'", "-", "a"),
    *("-f ", '-f "', "-p ", "--write-output ", '--write-output "', '--write-output ""', "ROI=", "category=UX "),
    *(" reference=", "missing file ", "name the exact missing ", "answer ", "return only ", "_tickets_bundle"),
    *("mapfile ", "mapfile -t __tickets ", "ticket_args=( ", "code_args+=( "),
]
LINES = [
    "\n",
    "\u2028",
    "#\n",
    "`\n",
    "```\n",
    "```bash\n",
    " ```bash\n",
    "\\\n",
    "# ROI:\n",
    "- UX flows:\n",
    "- UX flows: Missing(\n",
    "# 01) x\n",
]


def parse(raw: bytes) -> None:
    with suppress(DomainError):
        check_structure(parse_pack(raw))


PROGRAMS: dict[str, Callable[[bytes], object]] = {
    "block finder": find_block,
    "runner": parse,
    "action-pack": check_action_pack,
    "ticketify": check_ticketify,
    "gold": check_gold,
    "gold lint": check_gold_lint,
    "direct": lambda raw: check_common(raw, "direct"),
    "bundle": lambda raw: check_common(raw, "bundle"),
    "tickets lint": check_tickets_lint,
    "codebase lint": check_codebase_lint,
}
"""Whatever reads a pack without asking bash, which has limits of its own."""


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("name", list(PROGRAMS))
def test_the_work_of_a_program_grows_as_hostile_text_does(name: str, place: str) -> None:
    frame = PLACES[place]
    pieces = WORDS if place == "in a header" else WORDS + LINES

    growing_faster = [
        piece
        for piece in pieces
        if not grows_linearly(
            PROGRAMS[name],
            lambda size: frame.replace("{}", piece * (size // len(piece))).encode(),  # noqa: B023
            SIZES,
        )
    ]
    assert growing_faster == []


def test_work_that_grows_with_the_square_is_told_from_that() -> None:
    def searches_from_everywhere(raw: bytes) -> int:
        return sum(raw.find(b"\n```", start) for start in range(0, len(raw), 8))

    assert grows_linearly(bytes.splitlines, lambda size: b"\n" * size, SIZES)
    assert not grows_linearly(searches_from_everywhere, lambda size: b"`" * size, SIZES)
