"""Attacks on directories and roots: links, /proc, swaps and roots that move (S-02, S-03, S-05, S-06)."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.composition import compose
from oraclepack_mcp.settings import RootSetting

from tests.attacks.arena import SECRET, Arena, attack, pack_text


def text(arena: Arena, path: str) -> str:
    """What reading a file gives: its text, or the code of the refusal."""
    answer = arena.call("oraclepack_read_file", path=path)
    return str(answer["error"]["code"] if answer["isError"] else answer["text"])


@attack("oraclepack/s02-follows-directory-links")
def test_s02_a_linked_directory_is_never_followed(arena: Arena) -> None:
    (arena.outside / "below").mkdir()
    (arena.root / "inside").mkdir()
    (arena.root / "d").symlink_to(arena.outside)
    (arena.root / "inside" / "d").symlink_to("../../outside")
    for way in ("d", "inside/d"):
        answers = arena.calls(
            ("oraclepack_read_file", {"path": f"{way}/secret.md"}),
            ("oraclepack_read_file", {"path": f"{arena.root}/{way}/secret.md"}),
            ("oraclepack_validate_pack", {"pack": f"{way}/secret.md"}),
            ("oraclepack_list_packs", {"directory": way}),
            ("oraclepack_list_packs", {"directory": f"{way}/below", "recursive": True}),
            ("oraclepack_list_packs", {"directory": way, "pattern": "*.md"}),
        )
        assert SECRET not in str(answers)
        assert [answer["error"]["code"] for answer in answers] == ["PATH_SYMLINK"] * 6
        assert arena.read(f"oraclepack://pack/root:{way}/secret.md").startswith("error -32602")


@attack("oraclepack/s02-lists-through-links")
def test_s02_a_listing_does_not_go_down_into_links(arena: Arena) -> None:
    (arena.root / "inside").mkdir()
    arena.pack(name="inside/p.md")
    (arena.root / "d").symlink_to(arena.outside)
    (arena.root / "inside" / "up").symlink_to("..")

    listed = arena.call("oraclepack_list_packs", recursive=True)
    assert [pack["id"] for pack in listed["packs"]] == ["root:inside/p.md"]
    assert listed["skipped"] == []
    assert arena.domain.packs.pack_ids() == ["root:inside/p.md"]


@attack("oraclepack/s03-follows-links-into-proc")
def test_s03_the_server_itself_cannot_be_read(arena: Arena) -> None:
    environment = Path("/proc/self/environ").read_text(errors="replace").partition("\0")[0]
    assert environment
    with (arena.outside / "secret.md").open() as held:
        targets = {
            "env.md": "/proc/self/environ",
            "fd.md": f"/proc/self/fd/{held.fileno()}",
            "dev-fd.md": f"/dev/fd/{held.fileno()}",
            "stdin.md": "/dev/stdin",
            "command.md": "/proc/self/cmdline",
        }
        for name, target in targets.items():
            (arena.root / name).symlink_to(target)
        (arena.root / "slash").symlink_to("/proc/self/root")
        (arena.root / "here").symlink_to("/proc/self/cwd")
        for name in (*targets, f"slash{arena.outside}/secret.md", "here/pyproject.toml"):
            answers = arena.calls(
                ("oraclepack_read_file", {"path": name}),
                ("oraclepack_read_file", {"path": name, "encoding": "base64"}),
                ("oraclepack_get_pack", {"pack": name}),
            )
            assert environment not in str(answers)
            assert SECRET not in str(answers)
            assert [answer.get("error", {}).get("code") for answer in answers] == ["PATH_SYMLINK"] * 3


@contextmanager
def swapping(moment: str, swap: Callable[[], object]) -> Iterator[None]:
    """Do something right before (`open`) or right after (`opened`) the first opening of p.md, by whatever path."""
    opening = os.open
    done: list[str] = []

    def swapped_open(path: Any, *arguments: Any, **options: Any) -> int:
        is_target = not done and Path(os.fsdecode(path)).name == "p.md"
        if is_target:
            done.append(moment)
        if is_target and moment == "open":
            swap()
        descriptor = opening(path, *arguments, **options)
        if is_target and moment == "opened":
            swap()
        return descriptor

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", swapped_open)
        yield
    assert done


@attack("oraclepack/s05-checks-names-then-opens-them")
def test_s05_a_swap_between_check_and_use_leads_nowhere(arena: Arena) -> None:
    link = arena.root / "link"
    for moment, expected in (("opened", "inside"), ("open", "PATH_SYMLINK")):
        (arena.root / "p.md").write_text("inside")
        link.symlink_to(arena.outside / "secret.md")
        with swapping(moment, lambda: link.replace(arena.root / "p.md")):
            assert text(arena, "p.md") == expected
        (arena.root / "p.md").unlink()


@attack("oraclepack/s05-checks-names-then-opens-them")
def test_s05_a_directory_that_is_swapped_on_the_way_leads_nowhere(arena: Arena) -> None:
    (arena.root / "d").mkdir()
    (arena.root / "d" / "p.md").write_text("inside")
    (arena.outside / "p.md").write_text(SECRET)

    def swap() -> None:
        (arena.root / "d").rename(arena.root / "away")
        (arena.root / "d").symlink_to(arena.outside)

    with swapping("open", swap):
        assert text(arena, "d/p.md") == "inside"


@contextmanager
def over(arena: Arena, path: Path) -> Iterator[Arena]:
    """The same server over a root that is configured by another path."""
    settings = arena.settings.model_copy(update={"roots": (RootSetting(name="root", path=path, writable=True),)})
    domain = compose(settings)
    try:
        yield replace(arena, settings=settings, domain=domain)
    finally:
        domain.runs.shutdown(5)


@attack("oraclepack/s06-roots-by-name")
def test_s06_a_relative_root_stays_where_it_was_at_the_start(arena: Arena) -> None:
    (arena.root / "p.md").write_text("inside")
    (arena.outside / "root").mkdir()
    (arena.outside / "root" / "p.md").write_text(SECRET)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(arena.root.parent)
        with over(arena, Path("root")) as relative:
            patch.chdir(arena.outside)
            assert text(relative, "p.md") == "inside"
            written = relative.call("oraclepack_write_pack", path="new.md", content=pack_text())
            assert not written["isError"]
    assert (arena.root / "new.md").exists()


@attack("oraclepack/s06-roots-by-name")
def test_s06_a_linked_root_stays_what_it_was_at_the_start(arena: Arena) -> None:
    (arena.root / "secret.md").write_text("inside")
    link = arena.root.parent / "link"
    link.symlink_to(arena.root)
    with over(arena, link) as linked:
        link.unlink()
        link.symlink_to(arena.outside)
        assert text(linked, "secret.md") == "inside"
        assert text(linked, f"{link}/secret.md") == "PATH_OUTSIDE_ROOTS"


@attack("oraclepack/s06-prefix-of-the-name")
def test_s06_a_directory_whose_name_begins_like_a_root_is_none(arena: Arena) -> None:
    evil = arena.root.parent / f"{arena.root.name}-evil"
    evil.mkdir()
    (evil / "secret.md").write_text(SECRET)
    for path in (f"{evil}/secret.md", f"{evil.parent}/outside/secret.md", "/etc/passwd", str(evil), "/"):
        assert text(arena, path) == "PATH_OUTSIDE_ROOTS"
        assert arena.error("oraclepack_list_packs", directory=path) == "PATH_OUTSIDE_ROOTS"
    assert text(arena, f"{arena.root}/../{evil.name}/secret.md") == "PATH_INVALID"
