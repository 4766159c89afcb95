"""State and report files of the original are read with its verdicts and written back as it wrote them."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.report import build_report, parse_report, report_text
from oraclepack_mcp.runs.state import StateFiles
from oraclepack_mcp.runs.state_text import parse_state, state_text
from oraclepack_mcp.security.roots import Location, Root, Roots

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
SYNTAX = ("s04", "s05", "s19", "s22")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "expected.json").exists(), reason="the oraclepack data is not beside the checkout"),
]


def verdicts() -> dict[str, dict[str, Any]]:
    rows = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    return {name: row["go_load_state"] for name, row in rows.items() if "go_load_state" in row}


def test_every_state_file_loads_or_not_as_in_the_original_and_sums_up_alike() -> None:
    rows = verdicts()
    for name, row in rows.items():
        raw = (DATA / name).read_bytes()
        if not row["ok"]:
            with pytest.raises(DomainError) as caught:
                parse_state(raw)
            syntactic = Path(name).name.startswith(SYNTAX)
            assert caught.value.code == ("STATE_INVALID_JSON" if syntactic else "STATE_WRONG_TYPE"), name
            continue
        state = parse_state(raw)
        summary = build_report("p.md", state, generated_at="2026-01-01T00:00:00Z").summary
        assert {key: getattr(summary, key) for key in row["report_summary"]} == row["report_summary"], name
        if "loaded" in row:
            assert (state.step_statuses is None) == row["nil_statuses"], name
            theirs = {**row["loaded"], "step_statuses": row["loaded"]["step_statuses"] or {}}
            assert json.loads(state_text(state)) == theirs, name
    assert len([name for name in rows if name.startswith("edge/state/")]) == 22
    assert len(rows) == 25


def test_every_edge_file_is_shown_with_its_problems_and_none_of_its_ids_leads_anywhere(tmp_path: Path) -> None:
    steps = "".join(f"# {number:02d}) s\necho\n" for number in range(1, 21))
    (tmp_path / "p.md").write_text(f"```bash\n{steps}```\n")
    root = Root.open("packs", tmp_path, writable=True)
    files = StateFiles(Roots((root,)), Location(root, ()))
    found: dict[str, set[str]] = {}
    for name in sorted((DATA / "edge" / "state").iterdir()):
        (tmp_path / "p.state.json").write_bytes(name.read_bytes())
        found[name.name[:3]] = {problem.code for problem in files.get_state("p.md").problems}
    os.close(root.descriptor)

    assert {name: codes for name, codes in found.items() if codes} == {
        **{key: {"STATE_INVALID_JSON"} for key in SYNTAX},
        **{key: {"STATE_WRONG_TYPE"} for key in ("s06", "s09", "s10", "s21")},
        "s07": {"STATE_UNKNOWN_STATUS"},
        "s16": {"STATE_ODD_STEP_ID"},
    }
    assert len(found) == 22
    assert {path.name for path in tmp_path.iterdir()} == {"p.md", "p.state.json"}


def test_state_files_that_the_original_wrote_come_back_byte_for_byte(capsys: pytest.CaptureFixture[str]) -> None:
    names = [*DATA.glob("real/*.state.json"), *DATA.glob("runs/*/*.state.json"), *DATA.glob("derived/**/*.state.json")]
    corrupt = {"resume-corrupt-state", "resume-empty-state"}
    written = [name for name in names if name.parent.name not in corrupt]

    for name in written:
        raw = name.read_bytes()
        assert state_text(parse_state(raw)) == raw, name
    with capsys.disabled():
        sys.stdout.write(f"\n{len(written)} state files read and written back\n")
    assert len(written) >= 20


def test_report_files_that_the_original_wrote_come_back_but_for_the_order_of_steps(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [
        *DATA.glob("real/*.report.json"),
        *DATA.glob("runs/*/*.report.json"),
        *DATA.glob("derived/**/*.report.json"),
    ]
    for name in names:
        theirs = json.loads(name.read_bytes())
        theirs["steps"] = sorted(theirs["steps"] or [], key=lambda step: step["id"])
        ours = report_text(parse_report(name.read_bytes()))
        assert json.loads(ours) == theirs, name
        assert list(json.loads(ours)) == list(theirs), name
    with capsys.disabled():
        sys.stdout.write(f"\n{len(names)} report files read and written back\n")
    assert len(names) >= 18


def test_the_report_built_from_a_stored_state_agrees_with_the_one_of_the_original() -> None:
    for name in DATA.glob("runs/*/*.report.json"):
        state_file = name.with_name(name.name.replace(".report.", ".state."))
        theirs = parse_report(name.read_bytes())
        ours = build_report("p.md", parse_state(state_file.read_bytes()), generated_at="2026-01-01T00:00:00Z")
        assert [(step.id, step.status, step.exit_code, step.error) for step in ours.steps] == [
            (step.id, step.status, step.exit_code, step.error) for step in theirs.steps
        ], name
        assert (ours.summary.success_count, ours.summary.failure_count, ours.warnings) == (
            theirs.summary.success_count,
            theirs.summary.failure_count,
            theirs.warnings,
        ), name
