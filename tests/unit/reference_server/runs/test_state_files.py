"""State and report files lie under the base name of a pack, say whose they are, and are never silently mixed."""

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.model import NotRun, RunMode, RunState, RunTrace, ScriptWarning, StepStatus, StepTrace
from oraclepack_mcp.runs.report import build_report
from oraclepack_mcp.runs.state import StateFiles
from oraclepack_mcp.runs.state_text import parse_state, state_text
from oraclepack_mcp.security.roots import Location, Root, Roots

PACK = "```bash\n# 01) a\necho a\n# 02) b\necho b\n```\n"
HASH = sha256(PACK.encode()).hexdigest()
DONE = StepStatus("success", 0, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01.5Z")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    for name in ("a/x.md", "b/x.md"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(PACK)
    (tmp_path / "b" / "x.md").write_text(PACK.replace("echo b", "echo c"))
    (tmp_path / "w").mkdir()
    root = Root.open("packs", tmp_path, writable=True)
    yield root
    os.close(root.descriptor)


@pytest.fixture
def files(root: Root) -> StateFiles:
    return StateFiles(Roots((root,)), Location(root, ("w",)))


def place(files: StateFiles, pack: str) -> Location:
    return files.roots.locate(pack)


def write(files: StateFiles, name: str, text: str) -> str:
    (files.workdir.root.real_path / "w" / name).write_text(text)
    return sha256(text.encode()).hexdigest()


def code_of(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.code


def state(**changes: object) -> RunState:
    fields: dict[str, object] = {
        "pack_hash": f"sha256:{HASH}",
        "step_statuses": {"01": DONE},
        "x_ref": RunTrace("packs:a/x.md", "r1", {"01": StepTrace(2, log="log", argv_sha256="0" * 64)}),
    }
    return RunState(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_pack_that_never_ran_has_an_empty_state(files: StateFiles) -> None:
    found = files.get_state("a/x.md")

    assert (found.path, found.sha256, found.step_statuses, found.problems) == ("packs:w/x.state.json", None, {}, [])


def test_what_was_saved_is_shown_with_its_hash(files: StateFiles) -> None:
    digest = files.save_state(place(files, "a/x.md"), state())
    found = files.get_state("a/x.md")

    assert found.sha256 == digest
    assert (found.stale, found.problems) == (False, [])
    assert found.step_statuses == {"01": DONE}
    assert found.x_ref == state().x_ref


@pytest.mark.parametrize(
    ("pack", "name"),
    [("x.tar.md", "x.tar.state.json"), ("x", "x.state.json"), (".x.md", ".x.state.json")],
)
def test_only_the_last_extension_of_the_name_is_dropped(files: StateFiles, pack: str, name: str) -> None:
    assert files.state_location(place(files, pack)).parts == ("w", name)


def test_the_state_of_another_pack_of_the_same_name_is_stale_and_never_continued(files: StateFiles) -> None:
    files.save_state(place(files, "a/x.md"), state())
    found = files.get_state("b/x.md")

    assert found.stale
    assert [problem.code for problem in found.problems] == ["STATE_STALE"]
    modes: tuple[RunMode, ...] = ("all", "resume", "failed", "steps")
    for mode in modes:
        with pytest.raises(DomainError) as caught:
            files.begin(place(files, "b/x.md"), HASH, mode, allow_changed_pack=True)
        assert code_of(caught) == "STATE_STALE"


def test_a_changed_pack_is_stale_and_continued_only_where_that_is_allowed(files: StateFiles) -> None:
    pack = place(files, "a/x.md")
    files.save_state(pack, state(pack_hash="sha256:" + "0" * 64))

    assert files.get_state("a/x.md").stale
    with pytest.raises(DomainError) as caught:
        files.begin(pack, HASH, "resume", allow_changed_pack=False)
    assert code_of(caught) == "STATE_STALE"
    continued = files.begin(pack, HASH, "resume", allow_changed_pack=True)
    assert continued.step_statuses == {"01": DONE}
    assert continued.pack_hash == f"sha256:{HASH}"


def test_a_state_of_the_original_without_a_hash_is_continued(files: StateFiles) -> None:
    write(files, "x.state.json", '{"schema_version": 99, "step_statuses": {"01": {"status": "success"}}}')

    begun = files.begin(place(files, "a/x.md"), HASH, "resume", allow_changed_pack=False)
    assert begun.step_statuses == {"01": StepStatus("success")}


def test_statuses_that_are_missing_or_null_are_an_empty_mapping_to_go_on_with(files: StateFiles) -> None:
    for text in ("{}", '{"step_statuses": null}'):
        write(files, "x.state.json", text)
        assert files.begin(place(files, "a/x.md"), HASH, "resume", allow_changed_pack=False).step_statuses == {}


def test_an_unreadable_state_is_not_forgotten_but_refused_unless_everything_runs(files: StateFiles) -> None:
    write(files, "x.state.json", "not json")
    pack = place(files, "a/x.md")

    with pytest.raises(DomainError) as caught:
        files.begin(pack, HASH, "resume", allow_changed_pack=True)
    assert code_of(caught) == "STATE_INVALID_JSON"
    assert files.begin(pack, HASH, "all", allow_changed_pack=False) == RunState(pack_hash=f"sha256:{HASH}")


def test_a_run_of_everything_starts_from_an_empty_state(files: StateFiles) -> None:
    pack = place(files, "a/x.md")
    files.save_state(pack, state())

    assert files.begin(pack, HASH, "all", allow_changed_pack=False).step_statuses == {}


def test_a_state_without_its_pack_is_an_orphan(files: StateFiles) -> None:
    write(files, "gone.state.json", '{"step_statuses": {}}')

    assert [problem.code for problem in files.get_state("a/gone.md").problems] == ["STATE_ORPHAN"]
    with pytest.raises(DomainError) as caught:
        files.get_state("a/never.md")
    assert code_of(caught) == "NOT_FOUND"


def test_odd_ids_and_unknown_words_are_problems_of_their_steps(files: StateFiles) -> None:
    write(files, "x.state.json", '{"step_statuses": {"../x": {"status": "failed"}, "09": {"status": "done"}}}')

    found = [(problem.code, problem.step_id) for problem in files.get_state("a/x.md").problems]
    assert found == [("STATE_ODD_STEP_ID", "../x"), ("STATE_ODD_STEP_ID", "09"), ("STATE_UNKNOWN_STATUS", "09")]


def test_a_link_in_the_place_of_the_state_is_neither_read_nor_written(files: StateFiles, tmp_path: Path) -> None:
    victim = tmp_path / "victim.json"
    victim.write_text("{}")
    (tmp_path / "w" / "x.state.json").symlink_to(victim)

    for action in (
        lambda: files.get_state("a/x.md"),
        lambda: files.save_state(place(files, "a/x.md"), state()),
        lambda: files.reset("a/x.md", [], None),
    ):
        with pytest.raises(DomainError) as caught:
            action()
        assert code_of(caught) == "PATH_SYMLINK"
    assert victim.read_text() == "{}"


def test_a_link_that_waits_under_the_temporary_name_of_the_original_is_not_written_through(
    files: StateFiles, tmp_path: Path
) -> None:
    victim = tmp_path / "victim.json"
    victim.write_text("safe")
    (tmp_path / "w" / "x.state.json.tmp").symlink_to(victim)

    files.save_state(place(files, "a/x.md"), state())
    assert victim.read_text() == "safe"


def test_a_whole_reset_forgets_statuses_and_owner_but_keeps_the_filter(files: StateFiles) -> None:
    digest = files.save_state(place(files, "a/x.md"), state(roi_threshold=4.7, roi_mode="over", current_step=2))
    found = files.reset("a/x.md", [], digest)

    assert (found.step_statuses, found.current_step, found.x_ref, found.roi_threshold) == ({}, 0, None, 4.7)
    assert found.sha256 == files.get_state("a/x.md").sha256 != digest


def test_single_steps_are_reset_by_either_spelling(files: StateFiles) -> None:
    digest = files.save_state(place(files, "a/x.md"), state(step_statuses={"01": DONE, "02": DONE}))

    assert list(files.reset("a/x.md", ["1"], digest).step_statuses) == ["02"]


def test_a_reset_needs_the_hash_of_the_file(files: StateFiles) -> None:
    files.save_state(place(files, "a/x.md"), state())

    for expected in (None, "0" * 64):
        with pytest.raises(DomainError) as caught:
            files.reset("a/x.md", [], expected)
        assert code_of(caught) == "CONFLICT"
    assert files.get_state("a/x.md").step_statuses == {"01": DONE}


def test_a_reset_where_nothing_is_stored_writes_nothing(files: StateFiles, tmp_path: Path) -> None:
    assert files.reset("a/x.md", [], None).sha256 is None
    assert list((tmp_path / "w").iterdir()) == []


def test_single_steps_of_a_broken_or_foreign_state_are_not_reset_but_the_whole_is(files: StateFiles) -> None:
    broken = write(files, "x.state.json", "[]")
    with pytest.raises(DomainError) as caught:
        files.reset("a/x.md", ["01"], broken)
    assert code_of(caught) == "STATE_WRONG_TYPE"
    assert files.reset("a/x.md", [], broken).problems == []

    foreign = files.save_state(place(files, "a/x.md"), state())
    with pytest.raises(DomainError) as caught:
        files.reset("b/x.md", ["01"], foreign)
    assert code_of(caught) == "STATE_STALE"
    assert files.reset("b/x.md", [], foreign).problems == []


def test_a_file_beyond_the_limit_is_refused(files: StateFiles) -> None:
    write(files, "x.state.json", " " * (1024 * 1024 + 1))

    with pytest.raises(DomainError) as caught:
        files.get_state("a/x.md")
    assert code_of(caught) == "TOO_LARGE"


def test_every_field_of_a_state_survives_its_file() -> None:
    whole = state(
        start_time="2026-01-07T20:35:28.45875924-06:00",
        current_step=1,
        roi_threshold=4.7,
        roi_mode="under",
        warnings=[ScriptWarning("step", 2, "<x>", "m", "01"), ScriptWarning("prelude", 1, "y", "m")],
        step_statuses={"01": StepStatus("failed", 7, "2026-01-01T00:00:00Z", None, "exit status 7")},
    )

    assert parse_state(state_text(whole)) == whole


def test_the_keys_of_a_state_file_stand_in_the_order_of_the_original() -> None:
    text = state_text(state(current_step=1, roi_threshold=1.0, roi_mode="over")).decode()

    assert list(json.loads(text)) == [
        "schema_version",
        "pack_hash",
        "start_time",
        "current_step",
        "step_statuses",
        "roi_threshold",
        "roi_mode",
        "x_ref",
    ]


def test_a_report_is_sorted_and_says_what_did_not_run(files: StateFiles) -> None:
    statuses = {"02": StepStatus("failed", 3, error="exit status 3"), "01": DONE}
    report = build_report(
        "x.md",
        state(step_statuses=statuses),
        generated_at="2026-01-01T00:00:02Z",
        not_run=[NotRun("04", "stopped"), NotRun("03", "filtered")],
        durations={"02": 2_999_999},
    )
    files.save_report(place(files, "a/x.md"), report)
    found = files.get_report("a/x.md")

    assert [(step.id, step.duration, step.duration_ms) for step in found.steps] == [
        ("01", 1_500_000_000, 1500),
        ("02", 2_999_999, 2),
    ]
    summary = found.summary
    assert (summary.total_steps, summary.success_count, summary.failure_count, summary.skipped_count) == (2, 1, 1, 0)
    assert summary.total_duration == 1_502_999_999
    assert found.not_run == [NotRun("03", "filtered"), NotRun("04", "stopped")]
    assert (found.pack_info.name, found.stale, found.problems) == ("x.md", False, [])


def test_a_duration_below_zero_is_cut_towards_zero() -> None:
    backwards = StepStatus("success", 0, "2026-01-01T00:00:00.0015Z", "2026-01-01T00:00:00Z")
    report = build_report("x.md", state(step_statuses={"01": backwards}), generated_at="2026-01-01T00:00:00Z")

    assert (report.steps[0].duration, report.steps[0].duration_ms) == (-1_500_000, -1)


def test_a_report_that_cannot_be_read_or_is_old_says_so(files: StateFiles) -> None:
    with pytest.raises(DomainError) as caught:
        files.get_report("a/x.md")
    assert code_of(caught) == "NOT_FOUND"

    write(files, "x.report.json", '{"steps": 3}')
    assert [problem.code for problem in files.get_report("a/x.md").problems] == ["STATE_WRONG_TYPE"]

    write(files, "x.report.json", '{"pack_info": {"hash": "sha256:0"}, "generated_at": "0001-01-01T00:00:00Z"}')
    found = files.get_report("a/x.md")
    assert found.stale
    assert found.generated_at is None
