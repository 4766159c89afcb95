"""Every recorded run of the original ends the same way here, except where a rule orders otherwise."""

import itertools
import json
import re
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.scripts import check_scripts
from oraclepack_mcp.packs.structure import check_structure
from oraclepack_mcp.runs.model import RunModel, RunOptions, VerifyOptions
from oraclepack_mcp.runs.verification import verification_defaults

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
RUNS = DATA / "runs"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not RUNS.is_dir(), reason="the oraclepack data is not beside the checkout"),
]

ORDINARY = (
    "fail-stop",
    "no-resume-restarts",
    "ok",
    "out-dir-flag",
    "prelude-fail",
    "prelude-not-shared",
    "resume",
    "roi-mode-unknown",
    "roi-negative",
    "roi-over",
    "roi-under",
    "roi-zero",
    "sanitize",
    "stdin-closed",
    "verify-exists-only",
    "verify-headings-fail",
    "verify-retries-negative",
)
"""Runs that have to agree in everything; the others have a test of their own, which names the rule that differs."""
OWN_TEST = (
    "env-bool-bad",
    "fail-continue",
    "real-mcp-pack-stub-oracle",
    "resume-corrupt-state",
    "resume-edited-pack",
    "resume-empty-state",
    "resume-future-schema",
    "stop-on-fail-as-two-args",
    "syntax-error",
    "verify-variable-path",
)
NEW_KEYS = {"x_ref"}
"""Keys of a state file that the original does not write (3.3 no. 2)."""


def meta(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((RUNS / name / "meta.json").read_text())
    return loaded


def options_of(arguments: list[str], **more: Any) -> RunOptions:
    """The options that the command line of the original means."""
    given = dict(itertools.pairwise([*arguments, ""]))
    given |= dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    threshold = given.get("--roi-threshold")
    options = {
        "mode": "resume" if "--resume" in given else "all",
        "stop_on_fail": given.get("--stop-on-fail") != "false",
        "roi_threshold": float(threshold) if threshold else None,
        "roi_mode": given.get("--roi-mode", "over"),
        "out_dir": given.get("--out-dir"),
        "sanitize": "legacy",
        "verify": VerifyOptions(
            enabled="--output-verify" in given,
            retries=int(given.get("--output-retries", "0")),
            require_headings="--output-require-headings" in given,
        ),
        **more,
    }
    return RunOptions("p.md", **cast("Any", options))


def exit_code(run: RunModel) -> int:
    """What the original's process would have ended with."""
    if run.status == "success":
        return 0
    return 1 if "output verification failed" in run.exit_reason else 4


def said_by_steps(stdout: str) -> dict[str, str]:
    """What each step wrote, from the terminal output of one invocation."""
    parts = re.split(r"^>>> Step (\d\d): .*\n", stdout.partition("\nReport written to")[0], flags=re.MULTILINE)
    sections = zip(parts[1::2], parts[2::2], strict=True)
    return {
        key: re.sub(r"^(?:⚠ |Skipping step ).*\n", "", text, flags=re.MULTILINE).strip("\n") for key, text in sections
    }


def structure(state: dict[str, Any]) -> dict[str, Any]:
    """A state without times, hashes and exit codes, which differ by rule."""
    kept = {key: value for key, value in state.items() if key not in {*NEW_KEYS, "pack_hash", "start_time"}}
    statuses = {
        key: (value["status"], value.get("error", ""), set(value)) for key, value in state["step_statuses"].items()
    }
    return {**kept, "step_statuses": statuses}


def report_structure(report: dict[str, Any]) -> dict[str, Any]:
    counts = {key: value for key, value in report["summary"].items() if "duration" not in key}
    steps = {(step["id"], step["status"], step.get("error", ""), frozenset(step)) for step in report["steps"]}
    return {"counts": counts, "steps": steps, "warnings": report.get("warnings"), "name": report["pack_info"]["name"]}


def compare_files(name: str, directory: Path) -> None:
    for kind, reduce in (("state", structure), ("report", report_structure)):
        theirs, ours = RUNS / name / f"p.{kind}.json", directory / f"p.{kind}.json"
        assert ours.exists() == theirs.exists(), kind
        if theirs.exists():
            assert reduce(json.loads(ours.read_text())) == reduce(json.loads(theirs.read_text())), kind


def test_every_recorded_run_has_its_test() -> None:
    assert sorted(ORDINARY + OWN_TEST) == sorted(path.name for path in RUNS.iterdir())


@pytest.mark.parametrize("name", ORDINARY)
def test_a_recorded_run_ends_as_it_did(bench: Any, name: str) -> None:
    facts = meta(name)
    service = bench.service(login_shell=False)
    shutil.copy(RUNS / name / "p.md", bench.directory)
    if facts["pre_state"]:
        (bench.directory / "p.state.json").write_text(facts["pre_state"])
    runs = [service.start(options_of(arguments), "local") for arguments in facts["args"]]
    assert [exit_code(run) for run in runs] == facts["exit_codes"]
    compare_files(name, bench.directory)
    invocations = (RUNS / name / "stdout.txt").read_text().split("=== second invocation ===")
    for run, stdout in zip(runs, invocations, strict=True):
        said = {
            step.id: service.read_log(run.run_id, step.id).text.strip("\n")
            for step in run.steps
            if step.attempts and step.id != "prelude"
        }
        assert said == said_by_steps(stdout)


def test_x_11_a_run_with_failures_is_no_success(bench: Any) -> None:
    shutil.copy(RUNS / "fail-continue" / "p.md", bench.directory)
    run = bench.service().start(options_of(["--stop-on-fail=false"]), "local")
    compare_files("fail-continue", bench.directory)
    assert run.status == "failed"


def test_b_04_a_pack_with_a_syntax_error_leaves_no_directory_behind(bench: Any) -> None:
    shutil.copy(RUNS / "syntax-error" / "p.md", bench.directory)
    with pytest.raises(DomainError) as caught:
        bench.service().start(options_of([]), "local")
    assert caught.value.code == "SYNTAX_INVALID"
    assert "step 01: bash: line 2: syntax error: unexpected end of file" in caught.value.sentence
    assert [path.name for path in bench.directory.iterdir()] == ["p.md"]


def test_3_3_no_1_an_unreadable_state_is_not_forgotten(bench: Any) -> None:
    shutil.copy(RUNS / "resume-corrupt-state" / "p.md", bench.directory)
    (bench.directory / "p.state.json").write_text(meta("resume-corrupt-state")["pre_state"])
    service = bench.service()
    with pytest.raises(DomainError) as caught:
        service.start(options_of(["--resume"]), "local")
    assert caught.value.code == "STATE_INVALID_JSON"
    assert service.start(options_of([]), "local").status == "success"
    compare_files("resume-corrupt-state", bench.directory)


def test_s_28_an_empty_state_does_not_crash_the_run(bench: Any) -> None:
    shutil.copy(RUNS / "resume-empty-state" / "p.md", bench.directory)
    (bench.directory / "p.state.json").write_text(meta("resume-empty-state")["pre_state"])
    run = bench.service().start(options_of(["--resume"]), "local")
    assert (run.status, run.counts.success) == ("success", 20)


@pytest.mark.parametrize("name", ["resume-edited-pack", "resume-future-schema"])
def test_3_3_no_6_the_state_of_another_text_is_continued_only_when_told_to(bench: Any, name: str) -> None:
    facts = meta(name)
    service = bench.service()
    if facts["pre_state"]:
        (bench.directory / "p.state.json").write_text(facts["pre_state"])
    else:
        shutil.copy(RUNS / "fail-stop" / "p.md", bench.directory)
        assert service.start(options_of([]), "local").status == "failed"
    shutil.copy(RUNS / name / "p.md", bench.directory)
    with pytest.raises(DomainError) as caught:
        service.start(options_of(["--resume"]), "local")
    assert caught.value.code == "STATE_STALE"
    run = service.start(options_of(["--resume"], allow_changed_pack=True), "local")
    assert exit_code(run) == facts["exit_codes"][-1]
    state = json.loads((bench.directory / "p.state.json").read_text())
    assert {key: value["status"] for key, value in state["step_statuses"].items()} == facts["statuses"]
    said = {step.id: service.read_log(run.run_id, step.id).text.strip("\n") for step in run.steps}
    assert said == said_by_steps((RUNS / name / "stdout.txt").read_text().split("=== second invocation ===")[-1])


def test_an_answer_whose_path_holds_a_variable_is_missed_in_other_words(bench: Any) -> None:
    name = "verify-variable-path"
    shutil.copy(RUNS / name / "p.md", bench.directory)
    run = bench.service().start(options_of(["--output-verify"]), "local")
    assert exit_code(run) == meta(name)["exit_codes"][0]
    state = json.loads((bench.directory / "p.state.json").read_text())
    assert {key: value["status"] for key, value in state["step_statuses"].items()} == meta(name)["statuses"]
    assert state["step_statuses"]["01"]["error"].startswith(
        "output verification failed for step 01: $out_dir/01.md error: "
    )


def test_o_08_a_setting_that_is_no_boolean_is_refused_before_anything_runs() -> None:
    with pytest.raises(DomainError) as caught:
        verification_defaults(meta("env-bool-bad")["env"])
    assert caught.value.code == "INVALID_ARGUMENT"


def test_x_11_options_are_typed_so_nothing_of_a_command_line_can_be_misread() -> None:
    assert meta("stop-on-fail-as-two-args")["exit_codes"] == [1]
    assert options_of(["--stop-on-fail=false"]).stop_on_fail is False


STUB = r"""#!/usr/bin/env python3
import pathlib, re, sys
arguments = sys.argv[1:]
path = pathlib.Path(arguments[arguments.index("--write-output") + 1])
prompt = arguments[arguments.index("-p") + 1]
heading = re.search(r"Start with heading:\s*(?:#+\s*)?(.+)", prompt)[1].strip()
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(f"### {heading}\n\nanswer\n")
print(f"stub oracle: {arguments.count('-f')} files, heading {heading!r}, out {path}")
"""


def test_the_real_pack_runs_with_a_stub_and_strict_headings(bench: Any, tmp_path: Path) -> None:
    name = "docs/oracle-questions-2026-01-09-030000/packs/mcp.md"
    shutil.copytree(DATA / "real" / ".tickets", bench.directory / ".tickets")
    (bench.directory / "mcp.md").write_bytes((DATA / "real" / name).read_bytes())
    stub = tmp_path / "stub"
    stub.write_text(STUB)
    stub.chmod(0o755)
    service = bench.service(tools={"oracle": stub})
    run = bench.run(service, "mcp.md", verify=VerifyOptions(enabled=True, require_headings=True))
    assert (run.status, run.counts.success) == ("success", 20), run.exit_reason
    assert len(list((bench.directory / "docs").rglob("*.md"))) == 80
    theirs = RUNS / "real-mcp-pack-stub-oracle"
    for kind, reduce in (("state", structure), ("report", report_structure)):
        ours = json.loads((bench.directory / f"mcp.{kind}.json").read_text())
        assert reduce(ours) == reduce(json.loads((theirs / f"mcp.{kind}.json").read_text()))
    said = {
        step.id: service.read_log(run.run_id, step.id).text.strip("\n") for step in run.steps if step.id != "prelude"
    }
    assert said == said_by_steps((theirs / "stdout.txt").read_text())


def may_run(raw: bytes) -> bool:
    """Whether a pack of any number of steps may run; bash is never given a NUL, which it would pass over."""
    if b"\0" in raw:
        return False
    try:
        pack = parse_pack(raw)
    except DomainError:
        return False
    return not any(
        finding.severity == "error" and finding.code != "STEP_COUNT"
        for finding in check_structure(pack) + check_scripts(pack)
    )


@pytest.mark.parametrize("path", sorted((DATA / "edge" / "runner").glob("*.md")), ids=lambda path: path.stem)
def test_s_32_what_a_step_says_it_holds_is_what_bash_gets(bench: Any, path: Path) -> None:
    raw = path.read_bytes()
    (bench.directory / "p.md").write_bytes(raw)
    options = RunOptions("p.md", step_count="any", out_dir="o")
    preparation = bench.service()._preparation
    if may_run(raw):
        checked = preparation.check(options, None)
        ran = {step_id: sha256(script.code).hexdigest() for step_id, script in checked.scripts.items()}
        shown = parse_pack(raw)
        expected = {step.id: step.code_sha256 for step in shown.steps}
        assert ran == {**expected, "prelude": shown.prelude.code_sha256}
    else:
        with pytest.raises(DomainError) as caught:
            preparation.check(options, None)
        assert caught.value.code in {"PACK_INVALID", "SYNTAX_INVALID"}
