"""Answers are regular files with something in them, and nobody learns what lies elsewhere."""

import os
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security import roots
from oraclepack_mcp.taskify import stage2
from oraclepack_mcp.taskify.resolver import MAX_RUNS
from oraclepack_mcp.taskify.service import Taskify

CHUNKS = ("direct-answer", "risks-unknowns", "next-experiment", "missing-evidence")


def answers(directory: Path, *, text: str = "an answer") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(1, 21):
        (directory / f"{number:02d}-a.md").write_text(text)
    return directory


def chunked(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(1, 21):
        for chunk in CHUNKS:
            (directory / f"{number:02d}-a-{chunk}.md").write_text("a part")
    return directory


def codes(problems: list[object]) -> list[str]:
    return [str(getattr(problem, "code", "")) for problem in problems]


def test_an_empty_answer_answers_nothing(taskify: Taskify, tree: Path) -> None:
    (answers(tree / "out") / "07-a.md").write_text("")

    found = taskify.validate_stage2("out")

    assert not found.ok
    assert found.empty == ["07-a.md"]
    assert [(problem.code, problem.path) for problem in found.problems] == [
        ("STAGE2_EMPTY_OUTPUT", "work:out/07-a.md"),
    ]


def test_a_link_to_an_answer_is_no_answer(taskify: Taskify, tree: Path) -> None:
    (answers(tree / "out") / "07-a.md").unlink()
    (tree.parent / "secret.md").write_text("the secret outside")
    (tree / "out" / "07-a.md").symlink_to(tree.parent / "secret.md")

    found = taskify.validate_stage2("out")

    assert (found.ok, found.missing) == (False, ["07"])
    assert "secret" not in repr(found)


def test_a_pipe_with_the_name_of_an_answer_does_not_block(taskify: Taskify, tree: Path) -> None:
    (answers(tree / "out") / "07-a.md").unlink()
    os.mkfifo(tree / "out" / "07-a.md")

    assert taskify.validate_stage2("out").missing == ["07"]


def test_files_that_are_no_answers_are_told_apart_and_do_no_harm(taskify: Taskify, tree: Path) -> None:
    out = answers(tree / "out")
    for name in ("README.md", "21-a.md", "_actions.json", "03-a\n.md", "03-\x1b[2J.md"):
        (out / name).write_text("x")
    (out / "packs").mkdir()

    found = taskify.validate_stage2("out")

    assert found.ok
    assert found.extra == ["21-a.md", "README.md", "_actions.json"]


def test_a_directory_with_too_many_entries_is_never_called_complete(
    taskify: Taskify, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (roots, stage2):
        monkeypatch.setattr(module, "MAX_ENTRIES", 30)
    out = answers(tree / "out")
    for number in range(11):
        (out / f"21-{number:02d}.md").touch()

    found = taskify.validate_stage2("out")

    assert not found.ok
    assert codes([*found.problems])[0] == "LISTING_CUT"


def test_parts_that_are_missing_are_named(taskify: Taskify, tree: Path) -> None:
    out = chunked(tree / "out")
    (out / "05-a-next-experiment.md").unlink()
    for chunk in CHUNKS:
        (out / f"06-a-{chunk}.md").unlink()

    found = taskify.validate_stage2("out")

    assert (found.missing, found.ambiguous) == (["06"], {})
    assert codes([*found.problems]) == ["STAGE2_CHUNKED", "STAGE2_CHUNK_MISSING", "STAGE2_CHUNK_MISSING"]
    assert found.problems[1].message == "question 05 lacks the parts -next-experiment"


def test_two_files_of_one_part_are_an_ambiguity_and_no_parts(taskify: Taskify, tree: Path) -> None:
    (chunked(tree / "out") / "05-b-next-experiment.md").write_text("a part")

    found = taskify.validate_stage2("out")

    assert len(found.ambiguous) == 20
    assert "STAGE2_CHUNKED" not in codes([*found.problems])


def test_the_same_is_said_of_what_is_outside_a_link_and_absent(taskify: Taskify, tree: Path) -> None:
    answers(tree.parent / "elsewhere")
    (tree / "link").symlink_to(tree.parent / "elsewhere")
    said = set()
    for path in ("/etc", "~", "..", "../elsewhere", "/nonexistent", "nope", "link", "link/01-a.md", "a\x00b"):
        for call in (
            taskify.detect_stage2,
            lambda path: taskify.detect_stage2("auto", path),
            taskify.validate_stage2,
        ):
            with pytest.raises(DomainError) as caught:
                call(path)
            said.add(str(caught.value))

    assert said == {"NOT_FOUND: no readable file or directory of that path lies inside the roots"}


def test_a_search_stays_below_the_working_directory(
    taskify: Taskify, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(tree.parent / "oracle-out")
    answers(tree.parent / "docs" / "oracle-out")
    monkeypatch.chdir(tree.parent)

    found = taskify.detect_stage2()

    assert (found.kind, found.source, found.out_dir, found.rule) == ("none", None, None, None)
    assert all(place.startswith("work:") for place in found.searched)


def test_a_search_does_not_enter_links(taskify: Taskify, tree: Path) -> None:
    answers(tree.parent / "elsewhere" / "oracle-out")
    (tree / "oracle-out").symlink_to(tree.parent / "elsewhere" / "oracle-out")
    (tree / "docs").mkdir()
    (tree / "docs" / "oracle-questions-2026").symlink_to(tree.parent / "elsewhere")

    assert taskify.detect_stage2().kind == "none"


def test_a_search_can_start_in_another_directory(taskify: Taskify, tree: Path) -> None:
    answers(tree / "oracle-out")
    answers(tree / "sub" / "oracle-out")

    assert taskify.detect_stage2("auto", "sub").source == "work:sub/oracle-out"
    assert taskify.detect_stage2("auto", "work:").source == "work:oracle-out"


def test_what_is_passed_over_is_told(taskify: Taskify, tree: Path) -> None:
    (answers(tree / "oracle-out") / "20-a.md").unlink()
    (answers(tree / "docs" / "oracle-out") / "20-a.md").write_text("")

    found = taskify.detect_stage2()

    assert found.kind == "none"
    assert [(problem.code, problem.path) for problem in found.problems] == [
        ("STAGE2_MISSING", "work:oracle-out"),
        ("STAGE2_EMPTY_OUTPUT", "work:docs/oracle-out"),
    ]


def test_answers_in_parts_are_found_only_where_nothing_else_is(taskify: Taskify, tree: Path) -> None:
    chunked(tree / "oracle-out")

    alone = taskify.detect_stage2()
    answers(tree / "docs" / "oracle-out")
    beside = taskify.detect_stage2()

    assert (alone.kind, alone.source, alone.rule) == ("chunked", "work:oracle-out", None)
    assert (beside.kind, beside.source, beside.rule) == ("dir", "work:docs/oracle-out", "2")


def test_answers_in_parts_are_their_own_kind_when_they_are_named(taskify: Taskify, tree: Path) -> None:
    chunked(tree / "x")

    found = taskify.detect_stage2("x")

    assert (found.kind, found.rule, codes([*found.problems])) == ("chunked", "explicit", ["STAGE2_CHUNKED"])


def test_a_named_directory_is_taken_with_its_problems(taskify: Taskify, tree: Path) -> None:
    (answers(tree / "x") / "20-a.md").unlink()

    found = taskify.detect_stage2("x")

    assert (found.kind, found.out_dir, codes([*found.problems])) == ("dir", "work:x", ["STAGE2_MISSING"])


def test_only_the_greatest_dated_directories_are_looked_into(taskify: Taskify, tree: Path) -> None:
    for number in range(MAX_RUNS + 1):
        (tree / "docs" / f"oracle-questions-{number:04d}").mkdir(parents=True)
    answers(tree / "docs" / "oracle-questions-0000")

    found = taskify.detect_stage2()

    assert (found.kind, codes([*found.problems])) == ("none", ["LISTING_CUT"])


@pytest.mark.parametrize("name", ["oracle-pack-1.md", "oracle-questions-1/oracle-pack-1.md"])
def test_a_search_that_could_not_see_everything_says_so(
    taskify: Taskify, tree: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tree / "docs" / name).parent.mkdir(parents=True)
    (tree / "docs" / name).write_text("a pack")
    for number in range(30):
        (tree / "docs" / f"a{number:02d}.txt").touch()
    whole = taskify.detect_stage2()
    monkeypatch.setattr(roots, "MAX_ENTRIES", 30)

    cut = taskify.detect_stage2()

    assert (whole.kind, whole.problems) == ("file", [])
    assert cut.kind == "none"
    assert [(problem.code, problem.path) for problem in cut.problems] == [("LISTING_CUT", "work:docs")]
