"""Attacks on listings and completions (S-10, S-41)."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from mcp.client import Client
from mcp_types import PromptReference, ResourceTemplateReference
from oraclepack_mcp.security.roots import MAX_ENTRIES

from tests.attacks.arena import SECRET, Arena, attack

MANY = 100_000
ODD = ("a\nb.md", "\x1b[31mred.md", "\u202egnp.md", b"\xff\xfe.md", "\ufeffbom.md", "\x7f.md", "\x9b2J.md")


@contextmanager
def counted_looks() -> Iterator[list[int]]:
    """How often the kind of something was looked up in the meantime."""
    looks = [0]
    counting = threading.Lock()
    look = os.stat

    def stat(*arguments: Any, **options: Any) -> os.stat_result:
        with counting:
            looks[0] += 1
        return look(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "stat", stat)
        yield looks


@attack("oraclepack/s10-unlimited-listings")
def test_s10_a_listing_is_bounded_whatever_there_is(arena: Arena) -> None:
    descriptor = os.open(arena.root, os.O_RDONLY)
    for suffix in ("md", "txt"):
        for number in range(MANY // 2):
            os.mknod(f"{number:06}.{suffix}", dir_fd=descriptor)
    os.close(descriptor)

    with counted_looks() as looks:
        listed = arena.call("oraclepack_list_packs", recursive=True, limit=7)
    assert looks[0] < 2 * MAX_ENTRIES
    assert [pack["path"] for pack in listed["packs"]] == [f"{number:06}.md" for number in range(7)]
    assert len(listed["skipped"]) == 1
    assert f"only the first {MAX_ENTRIES}" in listed["skipped"][0]["reason"]
    assert len(arena.domain.packs.pack_ids()) < MAX_ENTRIES


@attack("oraclepack/s10-unlimited-listings")
def test_s10_directories_count_as_well(arena: Arena) -> None:
    for outer in range(11):
        for inner in range(MAX_ENTRIES // 10):
            (arena.root / f"{outer:02}" / f"{inner:04}").mkdir(parents=True)
    with counted_looks() as looks:
        listed = arena.call("oraclepack_list_packs", recursive=True)
    assert looks[0] < 2 * MAX_ENTRIES
    assert f"only the first {MAX_ENTRIES}" in str(listed["skipped"])


@attack("oraclepack/s10-unchecked-listings")
def test_s10_only_regular_files_are_listed(arena: Arena) -> None:
    arena.pack(name="p.md")
    (arena.root / "directory.md").mkdir()
    os.mkfifo(arena.root / "pipe.md")
    (arena.root / "link.md").symlink_to(arena.outside / "secret.md")

    listed = arena.call("oraclepack_list_packs", recursive=False)
    assert [pack["path"] for pack in listed["packs"]] == ["p.md"]
    assert {entry["reason"] for entry in listed["skipped"]} == {"not a regular file"}
    assert len(listed["skipped"]) == 3
    assert arena.domain.packs.pack_ids() == ["root:p.md"]


@attack("oraclepack/s10-names-as-they-are")
def test_s10_names_that_act_on_terminals_or_are_no_text_are_not_listed(arena: Arena) -> None:
    arena.pack(name="p.md")
    for name in ODD:
        (arena.root / os.fsdecode(name)).write_text(SECRET)

    listed = arena.call("oraclepack_list_packs", recursive=True)
    assert not listed["isError"]
    assert [pack["path"] for pack in listed["packs"]] == ["p.md"]
    assert {entry["path"] for entry in listed["skipped"]} == {"root:"}
    assert len(listed["skipped"]) == len(ODD)
    assert arena.domain.packs.pack_ids() == ["root:p.md"]
    assert arena.read("oraclepack://packs").isprintable()


@attack("oraclepack/s10-unsorted-listings")
def test_s10_pages_are_in_order_and_leave_nothing_out(arena: Arena) -> None:
    names = sorted(f"{number * 37 % 101:03}.md" for number in range(50))
    for name in names:
        arena.pack(name=name)
    found: list[str] = []
    cursor = None
    while cursor is not None or not found:
        page = arena.call("oraclepack_list_packs", limit=7, cursor=cursor)
        found += [pack["path"] for pack in page["packs"]]
        cursor = page["next_cursor"]
    assert found == names


def completed(arena: Arena, name: str, typed: str, **filled: str) -> list[str]:
    """What is offered for a variable of a template of resources."""
    uri = {
        "path": "oraclepack://pack/{+path}",
        "run_id": "oraclepack://run/{run_id}",
        "step_id": "oraclepack://run/{run_id}/step/{step_id}/log{?offset,limit}",
    }[name]

    async def converse(client: Client) -> list[str]:
        argument = {"name": name, "value": typed}
        answer = await client.complete(ResourceTemplateReference(uri=uri), argument, context_arguments=filled or None)
        return list(answer.completion.values)

    found: list[str] = arena.converse(converse)
    return found


@attack("oraclepack/s41-completes-without-scope")
def test_s41_nothing_is_completed_that_the_caller_may_not_read(arena: Arena) -> None:
    run = arena.run("true")
    assert completed(arena, "path", "p") == ["root:p.md"]
    assert completed(arena, "run_id", "") == [run["run_id"]]
    assert completed(arena, "step_id", "0", run_id=run["run_id"])[0] == "01"

    onlooker = arena.with_scopes("runs:read")
    assert completed(onlooker, "path", "p") == []
    assert completed(onlooker, "step_id", "0", pack="p.md") == []
    reader = arena.with_scopes("packs:read")
    assert completed(reader, "run_id", "") == []
    assert completed(reader, "step_id", "", run_id=run["run_id"]) == []

    async def of_prompt(client: Client) -> list[str]:
        prompt = PromptReference(name="oraclepack_review_run")
        return list((await client.complete(prompt, {"name": "pack", "value": ""})).completion.values)

    assert onlooker.converse(of_prompt) == []
    assert arena.converse(of_prompt) == ["root:p.md"]


@attack("oraclepack/s41-completes-names-of-files")
def test_s41_paths_outside_are_never_completed(arena: Arena) -> None:
    arena.pack(name="p.md")
    (arena.root / "link").symlink_to(arena.outside)
    for typed in ("../", "..", "/", "/e", f"{arena.outside}/", "link/", "root:../", "~", "*", "."):
        assert completed(arena, "path", typed) == []
    for pack in ("../outside/secret.md", "link/secret.md", "/etc/passwd"):
        assert completed(arena, "step_id", "", pack=pack, path=pack) == []
        assert completed(arena, "step_id", "", run_id=pack) == []
