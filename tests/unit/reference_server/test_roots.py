"""Files are reached only inside the roots, only through plain directories."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Root, Roots

SECRET = "the secret outside"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text(SECRET)
    root = tmp_path / "root"
    (root / "d" / "e").mkdir(parents=True)
    (root / "a.md").write_text("alpha")
    (root / "d" / "b.md").write_text("beta")
    (root / "d" / "e" / "c.md").write_text("gamma")
    return root


@pytest.fixture
def roots(tree: Path) -> Iterator[Roots]:
    root = Root.open("packs", tree)
    yield Roots((root,))
    os.close(root.descriptor)


def code_of(roots: Roots, path: str) -> str:
    with pytest.raises(DomainError) as caught:
        roots.read_whole(roots.locate(path), 1000)
    assert SECRET not in str(caught.value)
    assert str(roots.roots[0].real_path) not in str(caught.value)
    return caught.value.code


def test_a_file_is_reached_by_relative_path_by_id_and_by_absolute_path(roots: Roots, tree: Path) -> None:
    for path in ("d/b.md", "packs:d/b.md", str(tree / "d" / "b.md")):
        assert roots.read_whole(roots.locate(path), 1000) == b"beta"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/".join([".."]),
        "d/../a.md",
        "./a.md",
        "d//b.md",
        "a.md/",
        "a\x00.md",
        "a\n.md",
        "\u202ea.md",
        "x" * 300,
        "a/" * 3000,
    ],
)
def test_a_path_that_would_need_resolving_is_refused_as_it_stands(roots: Roots, path: str) -> None:
    assert code_of(roots, path) == "PATH_INVALID"


@pytest.mark.parametrize("path", ["/etc/passwd", "/", "/root-evil/a.md"])
def test_an_absolute_path_elsewhere_is_outside(roots: Roots, path: str) -> None:
    assert code_of(roots, path) == "PATH_OUTSIDE_ROOTS"


def test_a_sibling_with_the_same_beginning_is_outside(roots: Roots, tree: Path) -> None:
    evil = tree.with_name("root-evil")
    evil.mkdir()
    (evil / "a.md").write_text(SECRET)

    assert code_of(roots, str(evil / "a.md")) == "PATH_OUTSIDE_ROOTS"


def test_no_symbolic_link_is_followed_anywhere_in_a_path(roots: Roots, tree: Path) -> None:
    (tree / "link.md").symlink_to("../outside/secret.md")
    (tree / "linked").symlink_to("../outside")
    (tree / "env.md").symlink_to("/proc/self/environ")
    (tree / "inner.md").symlink_to("a.md")

    for path in ("link.md", "linked/secret.md", "env.md", "inner.md"):
        assert code_of(roots, path) == "PATH_SYMLINK"


def test_links_and_special_files_are_listed_as_skipped(roots: Roots, tree: Path) -> None:
    (tree / "link.md").symlink_to("../outside/secret.md")
    (tree / "linked").symlink_to("../outside")
    (tree / "dir.md").mkdir()
    os.mkfifo(tree / "pipe.md")
    (tree / "bad\nname.md").write_text("x")

    listing = roots.files(roots.locate_directory(""), recursive=True, suffix=".md")

    assert [file.path for file in listing.files] == ["a.md", "d/b.md", "d/e/c.md"]
    assert len(listing.skipped) == 3


def test_a_listing_need_not_be_recursive(roots: Roots) -> None:
    listing = roots.files(roots.locate_directory("packs:d"), recursive=False, suffix=".md")

    assert [file.id for file in listing.files] == ["packs:d/b.md"]


def test_what_is_no_regular_file_is_refused_without_waiting(roots: Roots, tree: Path) -> None:
    os.mkfifo(tree / "pipe.md")

    assert code_of(roots, "pipe.md") == "NOT_A_FILE"
    assert code_of(roots, "d") == "NOT_A_FILE"
    assert code_of(roots, "a.md/b") == "NOT_A_FILE"
    assert code_of(roots, "absent.md") == "NOT_FOUND"


def test_a_huge_sparse_file_costs_nothing(roots: Roots, tree: Path) -> None:
    with (tree / "huge.md").open("wb") as file:
        file.truncate(10 * 1024**3)

    assert code_of(roots, "huge.md") == "TOO_LARGE"


def test_a_root_stays_the_directory_it_was_when_opened(roots: Roots, tree: Path) -> None:
    tree.rename(tree.with_name("moved"))
    tree.mkdir()
    (tree / "a.md").write_text(SECRET)

    assert roots.read_whole(roots.locate("a.md"), 1000) == b"alpha"


def test_a_file_that_is_swapped_for_a_link_never_shows_what_lies_outside(roots: Roots, tree: Path) -> None:
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (tree / "new").symlink_to("../outside/secret.md")
            (tree / "new").rename(tree / "swapped.md")
            (tree / "new").write_text("inside")
            (tree / "new").rename(tree / "swapped.md")

    (tree / "swapped.md").write_text("inside")
    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = set()
    try:
        for _ in range(2000):
            try:
                seen.add(roots.read_whole(roots.locate("swapped.md"), 1000))
            except DomainError as error:
                seen.add(error.code.encode())
    finally:
        stop.set()
        swapper.join()

    assert SECRET.encode() not in seen
    assert seen <= {b"inside", b"", b"PATH_SYMLINK", b"NOT_FOUND"}


def test_the_absolute_path_of_a_root_is_the_whole_of_it(roots: Roots) -> None:
    root = roots.roots[0]
    assert roots.locate_directory(str(root.real_path)).parts == ()
    with pytest.raises(DomainError, match="PATH_OUTSIDE_ROOTS"):
        roots.locate_directory(f"{root.real_path}-evil")
