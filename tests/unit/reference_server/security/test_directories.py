"""Directories are listed by the same walk as files: real ones only, in order, within bounds."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security import roots as module
from oraclepack_mcp.security.roots import Location, Root, Roots


@pytest.fixture
def roots(tmp_path: Path) -> Iterator[Roots]:
    (tmp_path / "root").mkdir()
    root = Root.open("work", tmp_path / "root")
    yield Roots((root,))
    os.close(root.descriptor)


def test_only_real_directories_are_listed_by_name(roots: Roots, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("b", "a", "a/inner", "odd\nname"):
        (root / name).mkdir()
    (root / "file").touch()
    (root / "link").symlink_to(tmp_path)

    found, is_cut = roots.directories(Location(roots.roots[0], ()))
    inner, _ = roots.directories(found[0])

    assert [place.id for place in found] == ["work:a", "work:b"]
    assert [place.id for place in inner] == ["work:a/inner"]
    assert not is_cut


def test_what_is_no_directory_has_none(roots: Roots, tmp_path: Path) -> None:
    (tmp_path / "root" / "file").touch()
    (tmp_path / "root" / "link").symlink_to(tmp_path)

    for path, code in (("file", "NOT_A_FILE"), ("link", "PATH_SYMLINK"), ("nope", "NOT_FOUND")):
        with pytest.raises(DomainError) as caught:
            roots.directories(roots.locate(path))
        assert caught.value.code == code


def test_a_listing_of_directories_is_bounded_and_says_so(
    roots: Roots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", 3)
    for number in range(5):
        (tmp_path / "root" / str(number)).mkdir()

    found, is_cut = roots.directories(Location(roots.roots[0], ()))
    assert (len(found), is_cut) == (3, True)

    for number in (3, 4):
        (tmp_path / "root" / str(number)).rmdir()
    assert not roots.directories(Location(roots.roots[0], ()))[1]


def test_a_listing_counts_whatever_it_looks_at(roots: Roots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", 4)
    for name in ("a", "a/b", "a/b/c"):
        (tmp_path / "root" / name).mkdir()
    for name in ("a/b/c/1.txt", "a/b/c/2.md", "a/b/c/3.md"):
        (tmp_path / "root" / name).touch()
    whole = Location(roots.roots[0], ())

    found = roots.files(whole, recursive=True, suffix=".md")

    assert found.files == []
    assert found.is_cut
    assert not roots.files(whole, recursive=False, suffix=".md").is_cut


def test_the_first_names_are_listed_however_the_directory_holds_them(
    roots: Roots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", 3)
    for name in ("e", "a", "d", "c", "b", "f"):
        (tmp_path / "root" / name).mkdir()
    found, is_cut = roots.directories(Location(roots.roots[0], ()))
    assert [place.id for place in found] == ["work:a", "work:b", "work:c"]
    assert is_cut
