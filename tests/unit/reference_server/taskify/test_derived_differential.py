"""What is derived from the real tickets is what the original programs derived, byte for byte where they are exact."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.taskify.model import GroupedOptions, TicketifyOptions
from oraclepack_mcp.taskify.service import Taskify

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
GOLDEN = DATA / "derived" / "ticketify-golden"
RUN = "docs/oracle-questions-2026-01-09-030000"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not GOLDEN.exists(), reason="the oraclepack data is not beside the checkout"),
]


@pytest.fixture
def tickets(tree: Path) -> Path:
    target = tree / ".tickets"
    shutil.copytree(DATA / "real" / ".tickets", target)
    return target


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_index_actions_and_requirements_are_those_of_the_original_pack(
    taskify: Taskify, tree: Path, tickets: Path
) -> None:
    made = taskify.ticketify(TicketifyOptions(".tickets", ".oraclepack/ticketify"))

    assert len([path for path in tickets.rglob("*.md") if path.is_file()]) == 31
    assert (made.index.selected_count, len(made.index.tickets)) == (25, 25)
    assert (made.actions.count, len(made.actions.actions)) == (86, 86)
    for name in ("_tickets_index.json", "_actions.json", "_actions.md"):
        assert (tree / ".oraclepack/ticketify" / name).read_bytes() == (GOLDEN / name).read_bytes(), name
    assert (tree / ".taskmaster/docs/tickets_prd.md").read_bytes() == (GOLDEN / "tickets_prd.md").read_bytes()


def test_the_actions_of_the_original_pack_are_read_without_problems(taskify: Taskify, tree: Path) -> None:
    shutil.copy(GOLDEN / "_actions.json", tree)

    read = taskify.read_actions("_actions.json")

    assert (read.form, read.ok, read.count, read.problems) == ("ticketify", True, 86, [])


def test_the_artifacts_of_the_original_pack_are_summarised_without_problems(taskify: Taskify, tree: Path) -> None:
    shutil.copytree(GOLDEN, tree / "golden")
    shutil.copy(DATA / "real" / RUN / "manifest.json", tree / "golden")

    found = [artifact for artifact in taskify.artifacts_summary("golden").artifacts if artifact.exists]

    assert [(artifact.name, artifact.problems) for artifact in found] == [
        ("_actions.json", []),
        ("_actions.md", []),
        ("_tickets_index.json", []),
        ("manifest.json", []),
    ]


def test_groups_and_manifest_are_those_of_the_real_run(taskify: Taskify, tree: Path, tickets: Path) -> None:
    real_groups, real_manifest = load(DATA / "real" / RUN / "_groups.json"), load(DATA / "real" / RUN / "manifest.json")
    kept = {path for paths in real_groups.values() for path in paths}
    for path in [path for path in tickets.rglob("*.md") if path.relative_to(tree).as_posix() not in kept]:
        path.unlink()

    made = taskify.generate_grouped(GroupedOptions("tickets", ".tickets", RUN))

    assert made.validation.ok
    assert (len(made.groups), sum(map(len, made.groups.values()))) == (6, 28)
    assert (tree / RUN / "_groups.json").read_bytes() == (DATA / "real" / RUN / "_groups.json").read_bytes()
    assert load(tree / RUN / "manifest.json") == real_manifest
    assert [pack.path for pack in made.packs] == [f"work:{group['pack_path']}" for group in real_manifest["groups"]]
