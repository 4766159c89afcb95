"""A run that may not start makes nothing: no directory, no state, no record."""

from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.model import RunOptions
from oraclepack_mcp.runs.service import RunService


def refused(bench: Any, service: RunService, pack: str = "p.md", **options: Any) -> DomainError:
    before = sorted(bench.directory.rglob("*"))
    with pytest.raises(DomainError) as caught:
        bench.run(service, pack, **options)
    assert sorted(bench.directory.rglob("*")) == before
    assert not (bench.records / "runs").exists()
    return caught.value


def test_execution_is_off_unless_switched_on(bench: Any) -> None:
    bench.pack({})
    assert refused(bench, bench.service(policy="off")).code == "EXEC_DISABLED"


def test_the_policy_allow_lets_known_packs_run_only(bench: Any) -> None:
    bench.pack({}, count=1)
    error = refused(bench, bench.service(policy="allow"), step_count="any")
    assert error.code == "PACK_NOT_ALLOWED"
    service = bench.service(policy="allow", allowed_packs=[error.details["sha256"]])
    assert bench.run(service, step_count="any").status == "success"


def test_a_pack_that_changed_since_it_was_confirmed_does_not_run(bench: Any) -> None:
    bench.pack({})
    service = bench.service()
    with pytest.raises(DomainError) as caught:
        service.start(RunOptions("p.md"), "local", pack_sha256="0" * 64)
    assert caught.value.code == "PLAN_STALE"


@pytest.mark.parametrize(
    ("steps", "prelude", "code"),
    [
        ({1: "if true; then"}, 'out_dir="made"', "SYNTAX_INVALID"),
        ({1: "-p orphan"}, 'out_dir="made"', "SYNTAX_INVALID"),
        ({1: "# 03) again"}, 'out_dir="made"', "PACK_INVALID"),
        ({1: "true"}, 'out_dir="../../x"', "PATH_INVALID"),
        ({1: "true"}, 'out_dir="/elsewhere/x"', "PATH_OUTSIDE_ROOTS"),
        ({1: "true"}, 'out_dir="$HOME/x"', "PATH_INVALID"),
        ({1: "true"}, 'out_dir="link/x"', "PATH_SYMLINK"),
        ({1: "oracle --write-output ../x.md"}, "", "PATH_INVALID"),
        ({1: "oracle --write-output /etc/x.md"}, "", "PATH_INVALID"),
        ({1: "oracle --write-output link/x.md"}, "", "PATH_INVALID"),
        ({1: "#" + "x" * 140_000}, 'out_dir="made"', "PACK_INVALID"),
        ({1: f"#{'x' * 60_000}\n" * 3}, 'out_dir="made"', "TOO_LARGE"),
    ],
)
def test_everything_is_checked_before_anything_is_made(
    bench: Any, tmp_path: Path, steps: dict[int, str], prelude: str, code: str
) -> None:
    (bench.directory / "link").symlink_to(tmp_path)
    bench.pack(steps, prelude)
    assert refused(bench, bench.service()).code == code


@pytest.mark.parametrize(
    ("out_dir", "code"),
    [
        ("../x", "PATH_INVALID"),
        ("/elsewhere/x", "PATH_OUTSIDE_ROOTS"),
        ("a/../b", "PATH_INVALID"),
        (".git/x", "PATH_INVALID"),
        ("p.md/x", "NOT_A_FILE"),
        ("a\nb", "PATH_INVALID"),
    ],
)
def test_output_directories_of_callers_are_held_in_the_root(bench: Any, out_dir: str, code: str) -> None:
    bench.pack({})
    assert refused(bench, bench.service(), out_dir=out_dir).code == code


def test_names_like_options_are_names(bench: Any) -> None:
    bench.pack({1: "echo $out_dir"}, name="-o x.md", count=1)
    service = bench.service()
    run = bench.run(service, "-o x.md", out_dir="--help", step_count="any")
    assert service.read_log(run.run_id, "01").text == "--help\n"
    assert (bench.directory / "--help").is_dir()
    assert (bench.directory / "-o x.state.json").is_file()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"mode": "steps", "steps": ("21",)}, "INVALID_ARGUMENT"),
        ({"mode": "from"}, "INVALID_ARGUMENT"),
        ({"workdir": "absent"}, "NOT_FOUND"),
        ({"workdir": "p.md"}, "NOT_A_FILE"),
        ({"workdir": "../"}, "PATH_INVALID"),
    ],
)
def test_options_that_do_not_fit_are_refused(bench: Any, options: dict[str, Any], code: str) -> None:
    bench.pack({})
    assert refused(bench, bench.service(), **options).code == code


def test_a_pack_that_is_not_there_is_not_found(bench: Any) -> None:
    assert refused(bench, bench.service(), "absent.md").code == "NOT_FOUND"


def test_the_state_of_another_pack_is_not_overwritten(bench: Any) -> None:
    bench.pack({}, name="a/x.md", count=1)
    bench.pack({}, name="b/x.md", count=1)
    service = bench.service()
    bench.run(service, "a/x.md", step_count="any")
    before = (bench.directory / "x.state.json").read_bytes()
    with pytest.raises(DomainError) as caught:
        bench.run(service, "b/x.md", step_count="any")
    assert caught.value.code == "STATE_STALE"
    assert (bench.directory / "x.state.json").read_bytes() == before


def test_a_link_in_the_place_of_the_state_is_not_followed(bench: Any, tmp_path: Path) -> None:
    victim = tmp_path / "victim.json"
    victim.write_text("precious")
    (bench.directory / "p.state.json").symlink_to(victim)
    bench.pack({})
    assert refused(bench, bench.service()).code == "PATH_SYMLINK"
    assert victim.read_text() == "precious"
