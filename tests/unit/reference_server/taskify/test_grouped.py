"""Groups of files become packs that pass, run, and leave exactly the answers that Stage 3 wants."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.model import Profile
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.validation import validate
from oraclepack_mcp.taskify import grouped as module
from oraclepack_mcp.taskify.model import GroupedOptions, GroupKind
from oraclepack_mcp.taskify.service import Taskify

ODD = 'it\'s $(touch pwn) `x` "q".md'
STUB = """#!/bin/bash
while [ $# -gt 0 ]; do
  case "$1" in
    --write-output) out="$2"; shift 2 ;;
    -f) printf '%s\\n' "$2" >> attached.txt; shift 2 ;;
    -p) prompt="$2"; shift 2 ;;
    *) exit 64 ;;
  esac
done
printf '%s\\n' "$prompt" > "$out"
"""


@pytest.fixture(autouse=True)
def sources(tree: Path) -> Path:
    directory = tree / "src"
    for name in ("top.md", "Part One/a.md", "Part One/b.md", "part-one/c.md", "deep/er/d.md", ".hidden/e.md"):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(f"about {name}")
    return directory


def refusal(call: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value


def files_of(tree: Path) -> set[str]:
    return {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}


def test_a_group_is_a_directory_below_the_root_and_gets_a_name_of_its_own(taskify: Taskify, tree: Path) -> None:
    made = taskify.generate_grouped(GroupedOptions("tickets", "src", "out"))

    assert made.validation.ok
    assert made.groups == {
        "Part One": ["src/Part One/a.md", "src/Part One/b.md"],
        "deep": ["src/deep/er/d.md"],
        "misc": ["src/top.md"],
        "part-one": ["src/part-one/c.md"],
    }
    assert [group.slug for group in made.manifest.groups] == ["part-one", "deep", "misc", "part-one-2"]
    assert [pack.path for pack in made.packs] == [
        f"work:out/packs/{name}.md" for name in ("part-one", "deep", "misc", "part-one-2")
    ]
    assert json.loads((tree / "out/_groups.json").read_text()) == made.groups
    assert json.loads((tree / "out/manifest.json").read_text())["groups"][1]["out_dir"] == "out/deep"


@pytest.mark.parametrize("kind", ["tickets", "codebase"])
def test_every_pack_passes_the_validators_of_its_kind(taskify: Taskify, tree: Path, kind: GroupKind) -> None:
    made = taskify.generate_grouped(GroupedOptions(kind, "src", "out"))

    profile: Profile = "codebase" if kind == "codebase" else "tickets-direct"
    for pack in made.packs:
        raw = (tree / pack.path.removeprefix("work:")).read_bytes()
        assert validate(raw, ("runner", profile, "gold")).ok
        assert made.validation.packs[pack.path].profiles[profile].findings == []


def test_a_dry_run_says_the_same_and_writes_nothing(taskify: Taskify, tree: Path) -> None:
    before = files_of(tree)

    dry = taskify.generate_grouped(GroupedOptions("codebase", "src", "out", dry_run=True))

    assert files_of(tree) == before
    assert not (tree / "out").exists()
    assert dry.written == taskify.generate_grouped(GroupedOptions("codebase", "src", "out")).written
    again = taskify.generate_grouped(GroupedOptions("codebase", "src", "out"))
    assert {file.created for file in again.written} == {False}


def test_packs_and_answers_of_an_earlier_call_are_not_asked_about(taskify: Taskify, tree: Path) -> None:
    first = taskify.generate_grouped(GroupedOptions("codebase", "", "out"))
    (tree / "out" / "src").mkdir()
    (tree / "out" / "src" / "01-answer.md").write_text("an answer")

    second = taskify.generate_grouped(GroupedOptions("codebase", "", "out"))

    assert [file.sha256 for file in second.written] == [file.sha256 for file in first.written]


def test_a_group_that_is_too_large_is_split_in_the_order_of_its_files(taskify: Taskify, sources: Path) -> None:
    for number in range(5):
        (sources / "deep" / f"{number}.md").write_text("\u00e9" * 400)

    made = taskify.generate_grouped(GroupedOptions("tickets", "src/deep", "out", max_characters=1000, dry_run=True))

    assert [(pack.path, pack.part, pack.characters, len(pack.files)) for pack in made.packs] == [
        ("work:out/packs/er.md", 1, 18, 1),
        ("work:out/packs/misc.md", 1, 800, 2),
        ("work:out/packs/misc-part2.md", 2, 800, 2),
        ("work:out/packs/misc-part3.md", 3, 400, 1),
    ]
    files = [path for pack in made.packs for path in pack.files]
    assert len(files) == len(set(files)) == 6


def test_what_cannot_be_asked_about_is_left_out_and_told(taskify: Taskify, sources: Path) -> None:
    (sources / "deep" / "large.md").write_text("x" * 1001)
    (sources / "deep" / "binary.md").write_bytes(b"\xff\x00")
    with (sources / "deep" / "sparse.md").open("wb") as file:
        file.truncate(10 * 1024**3)
    os.mkfifo(sources / "deep" / "pipe.md")
    (sources / "deep" / "link.md").symlink_to("/etc/passwd")

    made = taskify.generate_grouped(GroupedOptions("tickets", "src", "out", max_characters=1000, dry_run=True))

    assert not made.validation.ok
    assert [(problem.code, problem.path) for problem in made.validation.problems] == [
        ("NOT_TEXT", "work:src/deep/binary.md"),
        ("TOO_LARGE", "work:src/deep/large.md"),
        ("TOO_LARGE", "work:src/deep/sparse.md"),
    ]
    assert made.groups["deep"] == ["src/deep/er/d.md"]


def test_a_pack_runs_with_file_names_that_a_shell_would_act_on(taskify: Taskify, tree: Path, sources: Path) -> None:
    (sources / "odd").mkdir()
    for name in (ODD, "-f.md"):
        (sources / "odd" / name).write_text("x")
    (tree / "oracle").write_text(STUB)
    (tree / "oracle").chmod(0o755)
    taskify.generate_grouped(GroupedOptions("tickets", "src/odd", "out"))

    pack = parse_pack((tree / "out/packs/misc.md").read_bytes())
    for step in pack.steps:
        script = f"{pack.prelude.code}\n{step.code}"
        environment = {"PATH": f"{tree}:/usr/bin:/bin"}
        subprocess.run(["bash", "-c", script], cwd=tree, env=environment, check=True, timeout=30)

    assert not (tree / "pwn").exists()
    assert set((tree / "attached.txt").read_text().splitlines()) == {f"src/odd/{ODD}", "src/odd/-f.md"}
    assert taskify.validate_stage2("out/misc").ok


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"glob": "**/*.rst"}, "NOT_FOUND"),
        ({"glob": "/etc/*"}, "INVALID_ARGUMENT"),
        ({"root": "nope"}, "NOT_FOUND"),
        ({"out_dir": "a b"}, "INVALID_ARGUMENT"),
        ({"out_dir": "$(touch pwn)"}, "INVALID_ARGUMENT"),
        ({"out_dir": "-rf"}, "INVALID_ARGUMENT"),
        ({"out_dir": ".git"}, "PATH_INVALID"),
        ({"out_dir": "src"}, "INVALID_ARGUMENT"),
        ({"max_characters": 0}, "INVALID_ARGUMENT"),
        ({"max_characters": 200_001}, "INVALID_ARGUMENT"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(
    taskify: Taskify, tree: Path, changes: dict[str, object], code: str
) -> None:
    before = files_of(tree)

    given = GroupedOptions(**{"kind": "tickets", "root": "src", "out_dir": "out", **changes})  # type: ignore[arg-type]

    assert refusal(lambda: taskify.generate_grouped(given)).code == code
    assert files_of(tree) == before


def test_a_file_of_somebody_else_is_never_replaced(taskify: Taskify, tree: Path) -> None:
    (tree / "out" / "packs").mkdir(parents=True)
    (tree / "out" / "packs" / "misc.md").write_text("# Mine\n")

    error = refusal(lambda: taskify.generate_grouped(GroupedOptions("tickets", "src", "out")))

    assert (error.code, error.details) == ("CONFLICT", {"path": "work:out/packs/misc.md"})
    assert not (tree / "out/manifest.json").exists()


def test_files_and_packs_are_bounded(taskify: Taskify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PACKS", 3)
    assert refusal(lambda: taskify.generate_grouped(GroupedOptions("tickets", "src", "out"))).code == "TOO_LARGE"
    monkeypatch.setattr(module, "MAX_FILES", 4)
    assert "files match" in refusal(lambda: taskify.generate_grouped(GroupedOptions("tickets", "src", "out"))).sentence
