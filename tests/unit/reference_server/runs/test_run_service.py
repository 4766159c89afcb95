"""What a run does, step by step: order, failures, retries, limits, skipping, state, report, logs."""

import json
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.runs.model import RunModel, RunOptions, VerifyOptions
from oraclepack_mcp.runs.service import RunService


def statuses(run: RunModel) -> dict[str, str]:
    return {step.id: step.status for step in run.steps}


def step(run: RunModel, step_id: str) -> Any:
    return next(step for step in run.steps if step.id == step_id)


def log(service: RunService, run: RunModel, step_id: str, attempt: int | None = None) -> str:
    return service.read_log(run.run_id, step_id, attempt).text


def stored(bench: Any, name: str = "p.state.json") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((bench.directory / name).read_text())
    return loaded


def refusal(bench: Any, service: RunService, **options: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        bench.run(service, **options)
    return caught.value


def test_all_steps_run_in_order_and_are_recorded(bench: Any) -> None:
    service = bench.service()
    bench.pack({1: "echo one > order", 2: "echo two >> order; echo said"})
    run = bench.run(service)
    assert (run.status, run.exit_reason, run.counts.success) == ("success", "20 steps done", 20)
    assert (bench.directory / "order").read_text() == "one\ntwo\n"
    assert log(service, run, "02") == "said\n"
    assert step(run, "02").log_uri == f"oraclepack://run/{run.run_id}/step/02/log"
    assert (run.state_uri, run.report_uri) == ("oraclepack://state/w:p.md", "oraclepack://report/w:p.md")
    state, report = stored(bench), stored(bench, "p.report.json")
    assert {value["status"] for value in state["step_statuses"].values()} == {"success"}
    assert state["pack_hash"] == report["pack_info"]["hash"] == f"sha256:{run.pack.sha256}"
    assert state["x_ref"]["run_id"] == run.run_id
    assert report["summary"]["success_count"] == 20


def test_a_failure_stops_the_run_and_keeps_the_real_exit_code(bench: Any) -> None:
    bench.pack({2: "echo boom >&2; exit 7", 3: "touch never"})
    run = bench.run(bench.service())
    assert (run.status, run.exit_reason) == ("failed", "step 02 failed: execution failed: exit status 7")
    assert (step(run, "02").exit_code, stored(bench)["step_statuses"]["02"]["exit_code"]) == (7, 7)
    assert {entry.id: entry.reason for entry in run.not_run} == {f"{n:02}": "stopped" for n in range(3, 21)}
    assert not (bench.directory / "never").exists()
    assert len(stored(bench, "p.report.json")["not_run"]) == 18


def test_a_run_can_go_on_after_failures_but_does_not_call_itself_a_success(bench: Any) -> None:
    bench.pack({2: "exit 1", 5: "exit 2"})
    run = bench.run(bench.service(), stop_on_fail=False)
    assert (run.status, run.exit_reason) == ("failed", "2 of 20 steps failed")
    assert (run.counts.success, run.counts.failed) == (18, 2)


def test_a_signal_is_named(bench: Any) -> None:
    bench.pack({1: "kill -SEGV $$"})
    run = bench.run(bench.service())
    assert (step(run, "01").exit_code, step(run, "01").signal) == (None, "SIGSEGV")
    assert step(run, "01").error == "execution failed: signal: SIGSEGV"


def test_a_failed_prelude_keeps_steps_from_running_and_writes_no_state(bench: Any) -> None:
    bench.pack({1: "touch never"}, prelude="echo pre; exit 3")
    service = bench.service()
    run = bench.run(service)
    assert (run.status, run.exit_reason) == ("failed", "prelude failed: execution failed: exit status 3")
    assert statuses(run)["prelude"] == "failed"
    assert log(service, run, "prelude") == "pre\n"
    assert sorted(path.name for path in bench.directory.iterdir()) == ["p.md"]
    assert run.counts.total == len(run.selected) == 20


def test_the_prelude_runs_as_wanted(bench: Any) -> None:
    bench.pack({}, prelude="echo x >> preludes")
    service = bench.service()
    bench.run(service, mode="steps", steps=("01-03",))
    bench.run(service, prelude="never", mode="steps", steps=("04",))
    done = bench.run(service, mode="resume")
    assert "already_succeeded" in {entry.reason for entry in done.not_run}
    bench.run(service, mode="resume")
    assert (bench.directory / "preludes").read_text() == "x\n" * 2
    bench.run(service, mode="resume", prelude="always")
    assert (bench.directory / "preludes").read_text() == "x\n" * 3


def test_modes_go_on_from_the_stored_state(bench: Any) -> None:
    service = bench.service()
    bench.pack({n: f"echo {n} >> ran; test ! -e bad{n}" for n in range(1, 21)})
    (bench.directory / "bad3").touch()
    bench.run(service)
    (bench.directory / "bad3").unlink()
    ran = bench.directory / "ran"
    for mode, expected in (("failed", "3"), ("pending", " ".join(map(str, range(4, 21)))), ("resume", "")):
        ran.write_text("")
        assert bench.run(service, mode=mode).status == "success"
        assert " ".join(ran.read_text().split()) == expected
    ran.write_text("")
    bench.run(service, mode="from", from_step="19")
    assert ran.read_text().split() == ["19", "20"]


def test_only_steps_on_one_side_of_the_threshold_run(bench: Any) -> None:
    text = "# p\n```bash\n# 01) ROI=5.0\ntrue\n# 02) ROI=3.3\ntrue\n# 03) ROI=1.0\ntrue\n```\n"
    (bench.directory / "p.md").write_text(text)
    service = bench.service()
    over = bench.run(service, step_count="any", roi_threshold=3.3)
    under = bench.run(service, step_count="any", roi_threshold=3.3, roi_mode="under")
    assert (over.selected, under.selected) == (["01", "02"], ["03"])
    assert {entry.reason for entry in over.not_run} == {"filtered"}


def test_a_failed_step_is_tried_again_with_a_log_for_each_attempt(bench: Any) -> None:
    service = bench.service()
    bench.pack({1: "echo x >> tries; n=$(wc -l < tries); echo attempt $n; test $n -ge 3"})
    run = bench.run(service, retries=2)
    assert (step(run, "01").status, step(run, "01").attempts) == ("success", 3)
    assert [log(service, run, "01", attempt) for attempt in (1, 2, 3)] == [f"attempt {n}\n" for n in (1, 2, 3)]
    assert log(service, run, "01") == "attempt 3\n"
    assert stored(bench)["x_ref"]["steps"]["01"]["attempts"] == 3


def test_attempts_are_used_up(bench: Any) -> None:
    bench.pack({1: "exit 4"})
    run = bench.run(bench.service(), retries=1)
    assert (step(run, "01").attempts, step(run, "01").error) == (2, "execution failed: exit status 4")


def test_a_step_without_its_answer_runs_again_then_fails(bench: Any) -> None:
    bench.pack({1: "echo x >> tries; : --write-output o/a.md"})
    run = bench.run(bench.service(), verify=VerifyOptions(enabled=True, retries=2))
    assert (bench.directory / "tries").read_text() == "x\n" * 3
    assert step(run, "01").error == ("output verification failed for step 01: o/a.md error: the file does not exist")
    assert step(run, "01").exit_code == 0


def test_a_step_over_its_limit_fails_and_its_output_is_kept(bench: Any) -> None:
    service = bench.service()
    bench.pack({1: "echo begun; sleep 60"})
    run = bench.run(service, step_timeout_s=0.3)
    assert (run.status, step(run, "01").error) == ("failed", "timed out after 0.3 s")
    assert log(service, run, "01") == "begun\n"
    assert stored(bench)["x_ref"]["steps"]["01"]["timed_out"] is True


def test_a_run_over_its_limit_is_timed_out(bench: Any) -> None:
    bench.pack({2: "sleep 60"})
    run = bench.run(bench.service(), timeout_s=0.5)
    assert run.status == "timed_out"
    assert (step(run, "02").status, step(run, "02").error) == ("failed", "timed out after 0.5 s")
    assert run.exit_reason == "timed out after 0.5 s"
    assert {entry.reason for entry in run.not_run} == {"timed_out"}


def test_the_operators_limits_hold_whatever_is_asked_for(bench: Any) -> None:
    bench.pack({1: "sleep 60"})
    run = bench.run(bench.service(step_timeout_s=0.3), step_timeout_s=1000.0)
    assert step(run, "01").error == "timed out after 0.3 s"


def test_a_step_whose_tool_is_missing_is_skipped_where_that_is_wanted(bench: Any) -> None:
    bench.pack({1: "codex exec something", 2: "touch after"})
    service = bench.service(environment={"PATH": "/usr/bin:/bin"})
    run = bench.run(service, skip_missing_tools=True)
    assert (run.status, statuses(run)["01"], step(run, "01").error) == ("success", "skipped", "tool missing")
    assert stored(bench)["step_statuses"]["01"]["status"] == "skipped"
    assert bench.run(service).exit_reason == "step 01 failed: execution failed: exit status 127"


def test_a_gate_fails_a_step_that_left_no_artifact(bench: Any) -> None:
    directory = ".oraclepack/ticketify"
    bench.pack({9: "true", 10: f"mkdir -p {directory}; echo x > {directory}/codex-implement.md"})
    run = bench.run(bench.service(), gates="ticketify", mode="steps", steps=("09", "10"), stop_on_fail=False)
    assert statuses(run) == {"09": "failed", "10": "success"}
    assert "next.json is missing" in step(run, "09").error


def test_steps_inherit_nothing_of_the_server_but_what_is_allowed(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CANARY_KEY", "ORACLEPACK_MCP_ROOTS", "AWS_SECRET_ACCESS_KEY", "MCP_TOKEN"):
        monkeypatch.setenv(name, "canary-value")
    bench.pack({1: "env > seen; cat /proc/$PPID/environ > parent 2>/dev/null || true"}, prelude='out_dir="answers"')
    bench.run(bench.service())
    seen = (bench.directory / "seen").read_text()
    assert "canary-value" not in seen
    assert "out_dir=answers\n" in seen
    assert "ORACLEPACK_RUN_ID=" in seen
    assert (bench.directory / "answers").is_dir()


def test_profile_files_are_not_read(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in (".profile", ".bash_profile", ".bashrc"):
        (home / name).write_text(f"touch {home}/was-read\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("BASH_ENV", str(home / ".bashrc"))
    bench.pack({1: "echo $HOME > home"})
    bench.run(bench.service())
    assert (bench.directory / "home").read_text() == f"{home}\n"
    assert not (home / "was-read").exists()
    bench.run(bench.service(login_shell=True))
    assert (home / "was-read").exists()


def test_a_program_of_the_operator_is_found_as_oracle(bench: Any, tmp_path: Path) -> None:
    program = tmp_path / "my-oracle"
    program.write_text('#!/bin/sh\necho "asked: $*"\n')
    program.chmod(0o755)
    bench.pack({1: "oracle -p question"})
    service = bench.service(tools={"beta": program})
    run = bench.run(service, oracle_bin="beta", mode="steps", steps=("01",))
    assert log(service, run, "01") == "asked: -p question\n"


@pytest.mark.parametrize("name", ["absent", "-x", "/bin/sh", "../oracle"])
def test_other_programs_are_refused(bench: Any, name: str) -> None:
    bench.pack({})
    assert refusal(bench, bench.service(), oracle_bin=name).code == "INVALID_ARGUMENT"


def test_url_and_overrides_reach_the_calls(bench: Any, tmp_path: Path) -> None:
    program = tmp_path / "oracle"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    bench.pack({1: "oracle -p a", 2: "oracle -p b"})
    bench.url = "https://chatgpt.com/g/x"
    bench.stored = Overrides(added_flags=("--wait",), apply_to_steps=("02",))
    service = bench.service(tools={"oracle": program})
    run = bench.run(service)
    assert log(service, run, "01") == "--chatgpt-url https://chatgpt.com/g/x -p a\n"
    assert log(service, run, "02") == "--wait --chatgpt-url https://chatgpt.com/g/x -p b\n"


def test_a_bare_word_runs_unchanged_unless_the_sanitizer_is_asked_for(bench: Any) -> None:
    service = bench.service()
    bench.pack({1: "guard() { echo guarded; }\nguard"})
    assert log(service, bench.run(service), "01") == "guarded\n"
    run = bench.run(service, sanitize="legacy")
    assert log(service, run, "01") == "guard\n"
    assert [(warning.line, warning.token) for warning in step(run, "01").warnings] == [(2, "guard")]
    assert stored(bench)["warnings"][0]["token"] == "guard"


def test_what_runs_is_what_was_read_whatever_happens_to_the_file(bench: Any) -> None:
    bench.pack({1: "sed -i 's/second/changed/' p.md", 2: "echo second"})
    service = bench.service()
    run = bench.run(service)
    assert log(service, run, "02") == "second\n"
    assert b"changed" in (bench.directory / "p.md").read_bytes()


def test_left_behind_processes_are_ended_and_told(bench: Any) -> None:
    bench.pack({1: "setsid sleep 60 > /dev/null 2>&1 &"})
    run = bench.run(bench.service())
    assert run.warnings == ["01: processes that were left behind have been ended"]


def test_the_log_keeps_the_tail_in_bounded_space(bench: Any) -> None:
    service = bench.service(log_bytes=4096)
    bench.pack({1: "yes | head -c 3000000; echo; echo the error; exit 1"})
    run = bench.run(service)
    (path,) = bench.records.glob(f"runs/{run.run_id}/01-1.log")
    assert path.stat().st_size == 4096 + 32
    found = service.read_log(run.run_id, "01")
    assert found.text.endswith("the error\n")
    assert (found.dropped_bytes, found.eof) == (3_000_011 - 4096, True)


def test_secrets_are_masked_in_logs_and_answers(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_API_KEY", "canary-of-the-server")
    service = bench.service(environment={"ORACLE_TOKEN": "canary-of-the-operator"})
    bench.pack({1: "echo $ORACLE_TOKEN canary-of-the-server; : --write-output canary-of-the-server.md"})
    run = bench.run(service, verify=VerifyOptions(enabled=True))
    assert log(service, run, "01") == "[masked] [masked]\n"
    assert "[masked].md error" in step(run, "01").error
    kept = b"".join(path.read_bytes() for path in bench.records.rglob("*") if path.is_file())
    for canary in (b"canary-of-the-server", b"canary-of-the-operator"):
        assert canary not in kept
        assert canary not in (bench.directory / "p.state.json").read_bytes()
        assert canary not in (bench.directory / "p.report.json").read_bytes()


def test_what_was_started_is_recorded(bench: Any) -> None:
    bench.pack({})
    run = bench.run(bench.service(runner_prefix=("nice", "-n", "1")))
    (path,) = bench.records.glob(f"runs/{run.run_id}/invocation.json")
    kept = json.loads(path.read_text())
    assert kept["argv"][:4] == ["nice", "-n", "1", "/bin/bash"]
    assert kept["environment"]["ORACLEPACK_RUN_ID"] == run.run_id
    assert path.stat().st_mode & 0o077 == 0 or bench.records.stat().st_mode & 0o777 == 0o700


def test_progress_rises_to_the_total(bench: Any) -> None:
    heard: list[tuple[int, int, str]] = []
    bench.pack({}, prelude="true", count=3)
    options = RunOptions("p.md", step_count="any")
    bench.service().start(options, "local", report=lambda done, total, message: heard.append((done, total, message)))
    assert [done for done, _, _ in heard] == sorted(done for done, _, _ in heard)
    assert {total for _, total, _ in heard} == {4}
    assert heard[-1] == (4, 4, "run success")
    assert (1, 4, "step 01/03 running, attempt 1") in heard


def test_runs_are_listed_newest_first_and_page_by_page(bench: Any) -> None:
    service = bench.service()
    bench.pack({}, count=1)
    bench.pack({1: "exit 1"}, name="q.md", count=1)
    ids = [bench.run(service, pack, step_count="any").run_id for pack in ("p.md", "q.md", "p.md")]
    first = service.list(limit=2)
    assert [run.run_id for run in first.runs] == [ids[2], ids[1]]
    second = service.list(cursor=first.next_cursor, limit=2)
    assert ([run.run_id for run in second.runs], second.next_cursor) == ([ids[0]], None)
    assert [run.run_id for run in service.list(pack="w:q.md").runs] == [ids[1]]
    assert [run.run_id for run in service.list(status="failed").runs] == [ids[1]]
    with pytest.raises(DomainError) as caught:
        service.list(cursor="bm9uZQ")
    assert caught.value.code == "CURSOR_INVALID"


def test_old_runs_are_forgotten_with_their_logs(bench: Any) -> None:
    service = bench.service(kept_runs=2)
    bench.pack({}, count=1)
    ids = [bench.run(service, step_count="any").run_id for _ in range(4)]
    assert [run.run_id for run in service.list().runs] == ids[:1:-1]
    assert sorted(path.name for path in (bench.records / "runs").iterdir()) == sorted(ids[2:])


def test_changes_are_told_by_run_and_by_pack(bench: Any) -> None:
    service = bench.service()
    assert service.changes() == {}
    bench.pack({}, count=1)
    run = bench.run(service, step_count="any")
    before = service.changes()
    assert set(before) == {f"run:{run.run_id}", "state:w:p.md"}
    bench.run(service, step_count="any")
    assert service.changes()["state:w:p.md"] != before["state:w:p.md"]
    assert service.changes()[f"run:{run.run_id}"] == before[f"run:{run.run_id}"]


def test_a_server_that_never_runs_anything_leaves_no_trace(bench: Any) -> None:
    service = bench.service(policy="off")
    assert (service.changes(), service.recover()) == ({}, [])
    bench.pack({})
    assert refusal(bench, service).code == "EXEC_DISABLED"
    assert not bench.records.exists()


@pytest.mark.parametrize("step_id", ["99", "../x", "state", ""])
def test_logs_of_other_steps_are_not_found(bench: Any, step_id: str) -> None:
    service = bench.service()
    bench.pack({}, count=1)
    run = bench.run(service, step_count="any")
    with pytest.raises(DomainError) as caught:
        service.read_log(run.run_id, step_id)
    assert caught.value.code == "NOT_FOUND"


@pytest.mark.parametrize("run_id", ["../x", "", "20260101T000000-000000000000"])
def test_other_runs_are_not_found(bench: Any, run_id: str) -> None:
    service = bench.service()
    for ask in (service.get, lambda name: service.read_log(name, "01"), lambda name: service.cancel(name, "", "me")):
        with pytest.raises(DomainError) as caught:
            ask(run_id)
        assert caught.value.code == "RUN_NOT_FOUND"


def test_who_asks_is_told_how_each_run_ends(bench: Any) -> None:
    service = bench.service()
    told: list[str] = []
    service.on_end(told.append)
    bench.run(service, bench.pack({}))
    bench.run(service, bench.pack({1: "false"}))
    assert told == ["success", "failed"]
