"""Attacks by what lies around the server when it starts, and on how it looks for answers (S-07 to S-09, S-12)."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from tests.attacks.arena import SECRET, Arena, attack

TRAP = """
ORACLEPACK_ENABLE_EXEC=1
ORACLEPACK_ALLOWED_ROOTS={outside}
ORACLEPACK_BIN={outside}/evil
ORACLEPACK_MCP_EXECUTION__POLICY=confirm
ORACLEPACK_MCP_EXECUTION__STATE_DIR={outside}/state
ORACLEPACK_MCP_SCOPES='["packs:read","packs:write","packs:execute","urls:write"]'
ORACLEPACK_MCP_ROOTS='[{{"name":"evil","path":"{outside}","writable":true}}]'
"""
ANSWERS = tuple(f"{number:02}-answer.md" for number in range(1, 21))


def asked_of_a_process(arena: Arena, home: Path) -> dict[str, Any]:
    """What a server says that is started in a directory, with no settings."""
    faults = [word for name in arena.faults for word in ("--fault", name)]
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "oraclepack_faults", "--transport", "stdio", *faults],
        cwd=str(home),
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
    )

    async def ask() -> dict[str, Any]:
        with anyio.fail_after(60):
            async with Client(command) as client:
                facts = (await client.read_resource("oraclepack://server")).contents[0]
                run = await client.call_tool("oraclepack_run_pack", {"pack": "p.md", "detach": True})
                read = await client.call_tool("oraclepack_read_file", {"path": f"{arena.outside}/secret.md"})
                written = await client.call_tool("oraclepack_write_pack", {"path": "new.md", "content": "x"})
                codes = [(one.structured_content or {}).get("error", {}).get("code") for one in (run, read, written)]
                told = json.loads(getattr(facts, "text", ""))
                return {"roots": told["roots"], "execution": told["execution"], "codes": codes}

    return anyio.run(ask)


@attack("oraclepack/s12-reads-dotenv")
def test_s12_no_file_in_the_working_directory_changes_a_setting(arena: Arena) -> None:
    home = arena.root.parent / "home"
    home.mkdir()
    untouched = {
        "roots": ["samples"],
        "execution": "off",
        "codes": ["SCOPE_REQUIRED", "PATH_OUTSIDE_ROOTS", "SCOPE_REQUIRED"],
    }
    for name in (".env", "oraclepack.toml", "oraclepack-mcp.toml", "settings.toml", "pyproject.toml"):
        (home / name).write_text(TRAP.format(outside=arena.outside))
    assert asked_of_a_process(arena, home) == untouched
    assert json.loads(arena.read("oraclepack://server"))["execution"] == "confirm"
    assert [path.name for path in arena.outside.iterdir()] == ["secret.md"]


@attack("oraclepack/s07-any-place")
def test_s07_places_outside_are_not_told_apart(arena: Arena) -> None:
    for name in ANSWERS:
        (arena.outside / name).write_text(SECRET)
    (arena.root / "link").symlink_to(arena.outside)
    (arena.root / "dangling").symlink_to(arena.outside / "absent")
    (arena.root / "secret.md").symlink_to(arena.outside / "secret.md")
    evil = arena.root.parent / "root-evil"
    evil.mkdir()
    paths = (
        str(arena.outside),
        f"{arena.outside}/absent",
        "../outside",
        "../absent",
        "..",
        "/etc",
        "/etc/passwd",
        "/nonexistent",
        "~",
        "~root",
        str(evil),
        "link",
        "link/below",
        "dangling",
        "secret.md",
        "absent",
        "a\nb",
    )
    said = set()
    for path in paths:
        for tool, arguments in (
            ("detect_stage2", {"path": path}),
            ("detect_stage2", {"repo_root": path}),
            ("validate_stage2", {"out_dir": path}),
        ):
            answer = arena.call(f"oraclepack_taskify_{tool}", **arguments)
            assert answer["isError"], (tool, path)
            said.add(json.dumps(answer["error"]))
    assert len(said) == 1
    assert "NOT_FOUND" in said.pop()


@attack("oraclepack/s08-looks-above")
def test_s08_artifacts_are_looked_for_in_the_directory_and_nowhere_above(arena: Arena) -> None:
    (arena.root / "sub").mkdir()
    for place in (arena.root, arena.root.parent):
        (place / "_actions.json").write_text(json.dumps({"version": SECRET}))
        (place / "pipelines.md").write_text(SECRET)
    answer = arena.call("oraclepack_taskify_artifacts_summary", out_dir="sub")
    assert SECRET not in str(answer)
    assert not any(artifact["exists"] for artifact in answer["artifacts"])
    assert all(artifact["path"].startswith("root:sub/") for artifact in answer["artifacts"])
    assert arena.error("oraclepack_read_actions", path="sub") == "NOT_FOUND"

    (arena.root / "sub" / "_actions.json").symlink_to("../../_actions.json")
    answer = arena.call("oraclepack_taskify_artifacts_summary", out_dir="sub")
    assert not any(artifact["exists"] for artifact in answer["artifacts"])
    for path in ("..", "sub/..", "../", str(arena.root.parent), "sub/../.."):
        assert arena.call("oraclepack_taskify_artifacts_summary", out_dir=path)["isError"]


@attack("oraclepack/s09-first-directory")
def test_s09_only_complete_answers_inside_the_roots_are_found(arena: Arena) -> None:
    (arena.outside / "oracle-out").mkdir()
    for name in ANSWERS:
        (arena.outside / "oracle-out" / name).write_text(SECRET)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(arena.outside)
        assert arena.call("oraclepack_taskify_detect_stage2")["kind"] == "none"

        (arena.root / "oracle-out").mkdir()
        assert arena.call("oraclepack_taskify_detect_stage2", path="auto")["kind"] == "none"

        (arena.root / "docs" / "oracle-out").mkdir(parents=True)
        for name in ANSWERS:
            (arena.root / "docs" / "oracle-out" / name).write_text("an answer")
        found = arena.call("oraclepack_taskify_detect_stage2")
    assert (found["kind"], found["rule"], found["out_dir"]) == ("dir", "2", "root:docs/oracle-out")
    assert SECRET not in str(found)
