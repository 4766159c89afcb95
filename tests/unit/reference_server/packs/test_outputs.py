"""Answers are looked for where a step says, and have to hold the headings that its prompt asks for."""

import time

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.outputs import (
    HEADINGS,
    OutputFailure,
    expectations,
    missing_headings,
    parse_chunk_mode,
    verify_outputs,
)
from oraclepack_mcp.packs.parser import parse_pack

PACK = parse_pack(
    b"""```bash
# 01) whole
oracle --write-output o/01.md
# Answer format
# 02) in two parts
oracle --write-output o/02-direct-answer.md
oracle --write-output o/02-missing-evidence.md
# 03) without a format
oracle --write-output o/03.md
# 04) nothing
echo
```
"""
)
WHOLE = "\n".join(HEADINGS)


def test_without_headings_every_file_has_to_exist_and_hold_something() -> None:
    found = verify_outputs(PACK, {"o/01.md": (1, "x"), "o/03.md": (0, "")}.get)

    assert (found.ok, found.total, found.checked) == (False, 4, 3)
    assert found.failures == [
        OutputFailure("02", "o/02-direct-answer.md", [], "the file does not exist"),
        OutputFailure("02", "o/02-missing-evidence.md", [], "the file does not exist"),
        OutputFailure("03", "o/03.md", [], "the file is empty"),
    ]


def test_a_good_pack_has_all_its_steps_checked() -> None:
    found = verify_outputs(PACK, lambda _path: (len(WHOLE), WHOLE), require_headings=True)

    assert (found.ok, found.total, found.checked, found.failures) == (True, 4, 2, [])


def test_with_headings_each_file_needs_its_own_and_a_step_without_a_format_none() -> None:
    texts = {"o/01.md": "Answer: 1", "o/02-direct-answer.md": "Direct answer", "o/02-missing-evidence.md": ""}
    found = verify_outputs(
        PACK,
        lambda path: (len(texts[path]), texts[path]) if path in texts else None,
        require_headings=True,
    )

    assert [(failure.step_id, failure.missing) for failure in found.failures] == [
        ("01", list(HEADINGS[1:])),
        ("02", [HEADINGS[3]]),
    ]
    assert found.failures[1].sentence == "o/02-missing-evidence.md missing: ### Missing evidence"


def test_in_single_mode_only_the_first_file_counts() -> None:
    seen: list[str] = []

    def read(path: str) -> tuple[int, str]:
        seen.append(path)
        return 1, "x"

    assert verify_outputs(PACK, read, chunk_mode="single").ok
    assert seen == ["o/01.md", "o/02-direct-answer.md", "o/03.md"]


def test_only_the_named_steps_are_checked() -> None:
    found = verify_outputs(PACK, lambda _path: None, steps=["03"])

    assert (found.total, found.checked, [failure.step_id for failure in found.failures]) == (1, 1, ["03"])


def test_a_path_that_may_not_be_read_is_a_failure_with_the_reason() -> None:
    def read(_path: str) -> None:
        raise DomainError("PATH_SYMLINK", "symbolic links are not followed")

    failures = verify_outputs(PACK, read, steps=["03"]).failures
    assert [failure.sentence for failure in failures] == ["o/03.md error: symbolic links are not followed"]


def test_a_suffix_in_the_name_of_a_single_file_means_nothing() -> None:
    assert expectations(["a-direct-answer.md"], "unknown", "multi") == {}
    assert expectations(["a-direct-answer.md"], "all_sections", "auto") == {"a-direct-answer.md": HEADINGS}


def test_a_mode_of_another_name_is_refused() -> None:
    with pytest.raises(DomainError) as caught:
        parse_chunk_mode("all")
    assert caught.value.code == "INVALID_ARGUMENT"


@pytest.mark.parametrize("text", ["\n" * 1_000_000, " " * 1_000_000, "#" * 1_000_000, "# " * 500_000])
def test_headings_are_looked_for_in_hostile_text_in_time(text: str) -> None:
    before = time.process_time()

    assert missing_headings(text, HEADINGS) == list(HEADINGS)
    assert time.process_time() - before < 5  # seconds of processor time; the original's pattern takes hours
