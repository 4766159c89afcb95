"""Which files of a tree are sources, tests, built or somebody else's."""

from pathlib import Path

import pytest
from mcp_audit_harness.errors import AuditError
from mcp_audit_harness.source import tree as reading
from mcp_audit_harness.source.tree import SourceTree, read_tree


def tree(root: Path, *paths: str) -> SourceTree:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x = 1\n", encoding="utf-8")
    return read_tree(root)


def shipped(found: SourceTree) -> list[str]:
    return [file.path for file in found.shipped]


def test_tests_examples_and_what_was_installed_are_not_what_users_run(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        "src/server.py",
        "tests/test_server.py",
        "src/server.test.ts",
        "examples/client.py",
        "node_modules/dep/index.js",
        ".venv/lib/site.py",
        "build/lib/server.py",
    )
    assert shipped(found) == ["src/server.py"]
    assert {file.path for file in found.sources if file.test} == {"tests/test_server.py", "src/server.test.ts"}
    assert {file.path for file in found.sources if file.aside} == {"examples/client.py"}


def test_what_is_for_those_who_work_on_a_server_is_not_what_users_run(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        "server.py",
        "src/skills/cooking.py",
        "test-live.js",
        "test-server/start.py",
        "skills/release/bump.py",
        ".agent/skills/evaluate.py",
    )
    assert shipped(found) == ["server.py", "src/skills/cooking.py"]
    assert {file.path for file in found.sources if file.test} == {"test-live.js", "test-server/start.py"}


def test_what_was_built_counts_where_nothing_else_can_be_read(tmp_path: Path) -> None:
    assert shipped(tree(tmp_path, "dist/index.js", "preinstall.js")) == ["preinstall.js", "dist/index.js"]


def test_what_was_built_is_left_out_beside_its_source(tmp_path: Path) -> None:
    assert shipped(tree(tmp_path, "dist/index.js", "src/index.ts")) == ["src/index.ts"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("secret = 1\n", encoding="utf-8")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.py").symlink_to(outside)
    (root / "loop").symlink_to(root)
    assert shipped(tree(root, "server.py")) == ["server.py"]


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_FILE", 8)
    (tmp_path / "latin.py").write_bytes(b"x='\xe9'")
    (tmp_path / "long.py").write_text("x = 1  # longer", encoding="utf-8")
    found = read_tree(tmp_path)
    assert dict(found.unread) == {"latin.py": "it is not UTF-8", "long.py": "it is larger than 0 KiB"}


def test_a_tree_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_FILES", 2)
    with pytest.raises(AuditError, match="more than 2 files"):
        tree(tmp_path, "a.py", "b.py", "c.py")
    with pytest.raises(AuditError, match="is not a directory"):
        read_tree(tmp_path / "nowhere")
