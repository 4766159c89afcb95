"""Files are written whole or not at all, below their root, and never through a link."""

import itertools
import os
import stat
import threading
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.security.writing import make_directory, remove_file, write_file


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    (tmp_path / "root").mkdir()
    return Roots((Root.open("root", tmp_path / "root", writable=True),))


@pytest.fixture
def directory(tmp_path: Path, roots: Roots) -> Path:
    return roots.roots[0].real_path


def names(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


def code_of(location: Location, data: bytes = b"x", **more: str | None) -> str:
    with pytest.raises(DomainError) as caught:
        write_file(location, data, **more)
    return caught.value.code


def test_a_file_is_written_with_the_directories_above_it(roots: Roots, directory: Path) -> None:
    written = write_file(roots.locate("a/b/pack.md"), b"text")
    assert written.created
    assert written.sha256 == sha256(b"text").hexdigest()
    assert (directory / "a/b/pack.md").read_bytes() == b"text"
    assert stat.S_IMODE((directory / "a/b/pack.md").stat().st_mode) == 0o600
    assert names(directory / "a/b") == ["pack.md"]


def test_a_file_is_replaced_when_it_is_the_expected_one(roots: Roots, directory: Path) -> None:
    first = write_file(roots.locate("pack.md"), b"one", expected=None)
    second = write_file(roots.locate("pack.md"), b"two", expected=first.sha256)
    assert not second.created
    assert (directory / "pack.md").read_bytes() == b"two"


def test_a_file_that_is_not_the_expected_one_stays(roots: Roots, directory: Path) -> None:
    write_file(roots.locate("pack.md"), b"one")
    assert code_of(roots.locate("pack.md"), expected=None) == "CONFLICT"
    assert code_of(roots.locate("pack.md"), expected="0" * 64) == "CONFLICT"
    assert code_of(roots.locate("absent.md"), expected="0" * 64) == "CONFLICT"
    assert (directory / "pack.md").read_bytes() == b"one"


def test_a_name_that_differs_by_case_only_is_a_conflict(roots: Roots, directory: Path) -> None:
    write_file(roots.locate("Pack.md"), b"one")
    assert code_of(roots.locate("pack.md")) == "CONFLICT"
    assert names(directory) == ["Pack.md"]


@pytest.mark.parametrize("path", [".git/hooks/x.md", ".bashrc", ".ssh/x.md", "pack.sh", "pack", "a/.hidden.md"])
def test_names_that_other_programs_obey_are_refused(roots: Roots, directory: Path, path: str) -> None:
    assert code_of(roots.locate(path)) == "PATH_INVALID"
    assert names(directory) == []


@pytest.mark.parametrize("path", [".oraclepack/state/x.json", ".taskmaster/docs/prd.md"])
def test_the_directories_of_the_pipeline_may_be_written_to(roots: Roots, path: str) -> None:
    assert write_file(roots.locate(path), b"x").created


def test_a_read_only_root_stays_as_it_is(tmp_path: Path) -> None:
    roots = Roots((Root.open("root", tmp_path),))
    assert code_of(roots.locate("pack.md")) == "PATH_READ_ONLY"
    with pytest.raises(DomainError, match="PATH_READ_ONLY"):
        make_directory(roots.locate("made"))
    assert names(tmp_path) == []


def test_a_link_in_the_place_of_the_file_is_never_written_through(
    roots: Roots, directory: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("kept")
    (directory / "pack.md").symlink_to(outside)
    assert code_of(roots.locate("pack.md")) == "PATH_SYMLINK"
    assert outside.read_text() == "kept"
    assert (directory / "pack.md").is_symlink()


def test_a_link_on_the_way_is_never_followed(roots: Roots, directory: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (directory / "a").symlink_to(tmp_path / "elsewhere")
    assert code_of(roots.locate("a/pack.md")) == "PATH_SYMLINK"
    with pytest.raises(DomainError, match="PATH_SYMLINK"):
        make_directory(roots.locate("a/made"))
    assert names(tmp_path / "elsewhere") == []


def test_a_directory_in_the_place_of_the_file_stays(roots: Roots, directory: Path) -> None:
    (directory / "pack.md").mkdir()
    assert code_of(roots.locate("pack.md")) == "NOT_A_FILE"
    assert names(directory) == ["pack.md"]


def test_a_file_is_removed_once(roots: Roots, directory: Path) -> None:
    write_file(roots.locate("x.json"), b"{}")
    assert remove_file(roots.locate("x.json"))
    assert not remove_file(roots.locate("x.json"))
    assert names(directory) == []


def test_ten_thousand_swaps_between_file_and_link_never_lead_outside(
    roots: Roots, directory: Path, tmp_path: Path
) -> None:
    """S-05: whoever can write to the root swaps a file for a link, again and again, while it is read."""
    outside = tmp_path / "outside.md"
    outside.write_bytes(b"outside")
    (directory / "inside").write_bytes(b"inside")
    (directory / "link").symlink_to(outside)
    (directory / "pack.md").write_bytes(b"inside")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for source in ("inside", "link"):
                os.link(directory / source, directory / "next", follow_symlinks=False)
                (directory / "next").replace(directory / "pack.md")

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen: set[str] = set()
    try:
        for _ in range(10_000):
            try:
                seen.add(roots.read(roots.locate("pack.md"), 100)[0].decode())
            except DomainError as error:
                seen.add(error.code)
    finally:
        stop.set()
        swapping.join()
    assert seen <= {"inside", "PATH_SYMLINK", "NOT_FOUND"}
    assert {"inside", "PATH_SYMLINK"} <= seen


def test_swaps_of_a_directory_never_lead_a_write_outside(roots: Roots, directory: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    number = itertools.count()
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            with suppress(OSError):  # the other side may just have made a directory of that name
                (directory / "a").symlink_to(tmp_path / "elsewhere")
            with suppress(OSError):
                (directory / "a").unlink()
            with suppress(OSError):
                (directory / "a").rename(directory / f"moved{next(number)}")

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen: set[str] = set()
    try:
        for _ in range(1000):
            try:
                make_directory(Location(roots.roots[0], ("a", "b")))
                seen.add("made")
            except DomainError as error:
                seen.add(error.code)
    finally:
        stop.set()
        swapping.join()
    assert names(tmp_path / "elsewhere") == []
    assert {"made"} <= seen <= {"made", "PATH_SYMLINK", "NOT_FOUND", "NOT_A_FILE"}
