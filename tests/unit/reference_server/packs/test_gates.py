"""A gate opens when one of its files exists and holds something."""

import pytest
from oraclepack_mcp.packs.gates import GATES, gate_of, gate_problem


def test_no_pack_has_gates_unless_its_profile_says_so() -> None:
    assert GATES["none"] == ()
    assert gate_of("none", 9) is None


@pytest.mark.parametrize(
    ("step", "paths"),
    [
        (9, ("next.json",)),
        (10, ("codex-implement.md",)),
        (11, ("codex-verify.md", "gemini-review.json")),
        (16, ("PR.md",)),
    ],
)
def test_ticketify_packs_have_four_gates(step: int, paths: tuple[str, ...]) -> None:
    gate = gate_of("ticketify", step)

    assert gate is not None
    assert gate.paths == tuple(f".oraclepack/ticketify/{path}" for path in paths)


def test_one_of_several_files_opens_a_gate() -> None:
    gate = gate_of("ticketify", 11)
    assert gate is not None

    assert gate_problem(gate, {gate.paths[1]: 5}.get) is None
    assert gate_problem(gate, {gate.paths[0]: 0, gate.paths[1]: 5}.get) is None


def test_a_missing_or_empty_file_keeps_it_shut() -> None:
    gate = gate_of("ticketify", 9)
    assert gate is not None

    assert gate_problem(gate, lambda _path: None) == "artifact .oraclepack/ticketify/next.json is missing"
    assert gate_problem(gate, {gate.paths[0]: 0}.get) == "artifact .oraclepack/ticketify/next.json is empty"
