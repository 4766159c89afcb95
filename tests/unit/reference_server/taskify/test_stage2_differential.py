"""Directories and places of answers are judged as the original detector and the skill's order of rules judge them."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.taskify.model import Stage2Validation
from oraclepack_mcp.taskify.service import Taskify

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
CASES = DATA / "vectors" / "stage2_cases.json"

OTHERWISE = {
    "directory-named-like-output": "D-4: regular files only, so a directory answers nothing",
    "chunked": "D-5: answers in four parts are a form of their own, not twenty ambiguities",
    "no-such-dir": "6.8 no. 9: a missing directory is an error, not twenty missing answers",
}
"""Directories that we are ordered to judge otherwise than the original wrapper, and by which rule."""

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not CASES.exists(), reason="the oraclepack data is not beside the checkout"),
]


@cache
def cases(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))[kind]
    return found


def lay_out(directory: Path, files: list[str]) -> None:
    directory.mkdir(parents=True)
    for name in files:
        path = directory / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("an answer")


def service(root: Path) -> Taskify:
    opened = Root.open("work", root)
    return Taskify(Roots((opened,)), Location(opened, ()))


def judged(root: Path, case: dict[str, Any]) -> Stage2Validation:
    if case["files"] is not None:
        lay_out(root / "answers", case["files"])
    taskify = service(root)
    try:
        return taskify.validate_stage2("answers")
    finally:
        os.close(taskify.workdir.root.descriptor)


def exit_of(found: Stage2Validation) -> int:
    """The exit code of the shell detector: it stops at the first question in order that has no single answer."""
    for number in range(1, 21):
        prefix = f"{number:02d}"
        if prefix in found.ambiguous or (prefix not in found.selected and prefix not in found.missing):
            return 4
        if prefix in found.missing:
            return 3
    return 0


def as_wrapper(found: Stage2Validation) -> dict[str, Any]:
    return {
        "ok": found.ok,
        "missing": found.missing,
        "ambiguous": found.ambiguous,
        "valid_files": list(found.selected.values()),
    }


def test_each_directory_gets_the_verdict_of_the_detector_and_of_the_wrapper(tmp_path: Path) -> None:
    agreed = 0
    for number, case in enumerate(cases("dir_cases")):
        if case["name"] in OTHERWISE:
            continue
        (root := tmp_path / str(number)).mkdir()
        found = judged(root, case)
        assert exit_of(found) == case["detect_oracle_outputs_sh"]["exit"], case["name"]
        assert as_wrapper(found) == case["mcp_validate_stage2_dir"], case["name"]
        agreed += 1

    assert agreed == len(cases("dir_cases")) - len(OTHERWISE) == 16


def case_named(name: str) -> dict[str, Any]:
    return next(case for case in cases("dir_cases") if case["name"] == name)


def test_a_directory_with_the_name_of_an_answer_answers_nothing(tmp_path: Path) -> None:
    found = judged(tmp_path, case_named("directory-named-like-output"))

    assert found.missing == ["03"]
    assert [(problem.code, problem.path) for problem in found.problems] == [
        ("NOT_A_FILE", "work:answers/03-a.md"),
        ("STAGE2_MISSING", None),
    ]


def test_answers_in_four_parts_are_told_as_one_problem(tmp_path: Path) -> None:
    case = case_named("chunked")
    found = judged(tmp_path, case)

    assert exit_of(found) == case["detect_oracle_outputs_sh"]["exit"]
    assert not found.ok
    assert found.ambiguous == {}
    assert [problem.code for problem in found.problems] == ["STAGE2_CHUNKED"]


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DomainError) as caught:
        judged(tmp_path, case_named("no-such-dir"))

    assert caught.value.code == "NOT_FOUND"


def detected(root: Path, case: dict[str, Any]) -> dict[str, str | None]:
    lay_out(root, case["files"])
    taskify = service(root)
    try:
        found = taskify.detect_stage2(case["stage2_path"])
    except DomainError as error:
        return {"kind": "error" if error.code == "NOT_FOUND" else error.code, "source": None, "out_dir": None}
    finally:
        os.close(taskify.workdir.root.descriptor)
    return {
        "kind": None if found.kind == "none" else found.kind,
        "source": found.source and found.source.removeprefix("work:"),
        "out_dir": found.out_dir and found.out_dir.removeprefix("work:"),
    }


def test_all_places_are_found_in_the_normative_order(tmp_path: Path) -> None:
    agreed = 0
    for number, case in enumerate(cases("resolver_cases")):
        assert detected(tmp_path / str(number), case) == case["normative"], case["name"]
        agreed += 1

    assert agreed == 21
