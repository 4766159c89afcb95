"""Tickets of every odd make are read as the original pack reads them: its own steps 01 to 03 run on the same files."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.taskify.model import TicketifyOptions
from oraclepack_mcp.taskify.service import Taskify

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
PACK = DATA / "derived" / "ticketify-action-pack.resolved.md"
OUT = ".oraclepack/ticketify"
MADE = (
    *(f"{OUT}/{name}" for name in ("_tickets_index.json", "_actions.json", "_actions.md")),
    ".taskmaster/docs/tickets_prd.md",
)
TICKETS = 200

FRONT = [
    "---",
    "--- ",
    "----",
    " ---",
    "",
    "  ",
    "id: @",
    "ID : '@'",
    "id:",
    "ticket: @",
    'key: "@"',
    "title: of front",
]
HEADINGS = [
    "# Head",
    "#Head",
    "# ",
    "#",
    "#\t#",
    "   # H3",
    "####### Acceptance Criteria",
    "##\u00a0Acceptance Criteria",
]
CRITERIA = [
    "## Acceptance Criteria",
    "### acceptance criteria  ",
    "    ## Acceptance Criteria",
    "## Acceptance Criteria:",
    "##Acceptance Criteria",
    "## Acceptance  Criteria",
    "## Acceptance Cr\u0131teria",
]
BULLETS = [
    "- a",
    "* b",
    "+ c",
    "-\tx",
    "-  ",
    "-",
    "-\u00a0n",
    "- [ ] t",
    "- [x] u",
    "-[ ] g",
    "- [X]g",
    "- [ ]",
    "* [x]  s ",
]
TEXT = [
    "text",
    "1. n",
    "w" * 130,
    "\ttab",
    "caf\u00e9",
    "end\r",
    "a\x0cid: @",
    "a\u2028- [ ] ls",
    "a\x85b",
    "\u3000- [ ] wide",
]
LINES = [*FRONT, *HEADINGS, *CRITERIA, *BULLETS, *TEXT]

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not PACK.exists(), reason="the oraclepack data is not beside the checkout"),
]


def write_tickets(directory: Path, seed: int) -> None:
    """Tickets that put the lines together at random; every @ makes the ids of a file its own."""
    choose = random.Random(seed)  # noqa: S311 - the same tickets each time, no secret
    directory.mkdir()
    for number in range(TICKETS):
        lines = choose.choices(LINES, k=choose.randint(0, 14))
        if choose.random() < 0.6:
            lines = ["---", *choose.choices(FRONT, k=choose.randint(0, 6)), *lines]
        text = "\n".join(lines) + choose.choice(["", "\n"])
        (directory / f"f{number:03}.md").write_bytes(text.replace("@", f"T{number:03}").encode())


def run_original(tree: Path) -> None:
    steps = parse_pack(PACK.read_bytes()).steps[:3]
    script = "\n".join(step.code or "" for step in steps).replace('"25"', f'"{TICKETS}"')
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", "LC_ALL": "C.UTF-8"}
    subprocess.run(["bash", "-c", script], cwd=tree, env=environment, check=True, timeout=60, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_byte_is_that_of_the_original(taskify: Taskify, tree: Path, seed: int) -> None:
    write_tickets(tree / ".tickets", seed)
    run_original(tree)
    theirs = {name: (tree / name).read_bytes().split(b"\n") for name in MADE}

    made = taskify.ticketify(TicketifyOptions(".tickets", OUT, top_n=TICKETS))

    assert made.index.selected_count == TICKETS
    assert made.actions.count > TICKETS // 2
    for name in MADE:
        assert (tree / name).read_bytes().split(b"\n") == theirs[name], name
