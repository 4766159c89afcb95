"""Patterns match as Python's own `glob` matches, without ever looking at the disk."""

import glob
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.taskify.patterns import matches, split_pattern

FILES = (
    "a.md",
    "b.txt",
    ".hidden.md",
    "d/a.md",
    "d/.hidden.md",
    "d/e/a.md",
    ".dot/a.md",
    "d/.dot/e/a.md",
    "[x].md",
)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("disk")
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


part = st.sampled_from(["**", "*", "*.md", "d", "e", "a.md", ".*", ".dot", "?.md", "[ab].*", "[[]x].md", "[!a].md"])


@given(parts=st.lists(part, min_size=1, max_size=4))
def test_a_pattern_matches_the_files_that_glob_finds(disk: Path, parts: list[str]) -> None:
    pattern = "/".join(parts)
    found = {name for name in glob.glob(pattern, root_dir=disk, recursive=True) if not name.endswith("/")}  # noqa: PTH207 - the oracle

    ours = {name for name in FILES if matches(split_pattern(pattern), tuple(name.split("/")))}

    assert ours == found & set(FILES)


@pytest.mark.parametrize("pattern", ["", "/a", "a/", "a//b", "../a", "./a", "/".join(["*"] * 33)])
def test_a_pattern_that_leads_elsewhere_is_refused(pattern: str) -> None:
    with pytest.raises(DomainError) as caught:
        split_pattern(pattern)

    assert caught.value.code == "INVALID_ARGUMENT"


def test_many_wildcards_take_no_more_than_their_product() -> None:
    assert not matches(("**", "*") * 15 + ("x",), ("y",) * 2000)
