"""Attacks on writing (S-39)."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.attacks.arena import SECRET, Arena, attack, pack_text

TEXT = pack_text("true")
NAMES = (
    ".git/hooks/pre-commit",
    ".git/hooks/pre-commit.md",
    ".git/config.json",
    ".bashrc",
    ".bashrc.md",
    ".ssh/authorized_keys",
    ".ssh/keys.md",
    ".vscode/tasks.json",
    "a/.github/workflows/x.md",
    ".claude/commands/x.md",
    "Makefile",
    "setup.py",
    "x.md.sh",
    "p.state.json",
    "-o.md",
    "a/-rf/x.md",
)
UPWARDS = (
    "../outside/new.md",
    "a/../../outside/new.md",
    "x.md/../../outside/new.md",
    "root:../outside/new.md",
    "a/../x.md",
)


def codes(arena: Arena, *calls: tuple[str, dict[str, Any]]) -> str:
    """What calls say: the codes of refusals, or `served`."""
    answers = arena.calls(*calls)
    return " ".join(sorted({str(one["error"]["code"]) if one["isError"] else "served" for one in answers}))


def written(arena: Arena, path: str, **more: Any) -> str:
    """What writing a pack says, and a trial of that."""
    arguments = {"path": path, "content": TEXT, **more}
    trial = {**arguments, "allow_invalid": True, "dry_run": True}
    return codes(arena, ("oraclepack_write_pack", arguments), ("oraclepack_write_pack", trial))


def rendered(arena: Arena, path: str) -> str:
    """What making a pack out of data or of a template says."""
    manifest = {"steps": [{"title": "t", "code": "true"}] * 20}
    values = {"project": "p", "out_dir": "out", "sources": "src"}
    return codes(
        arena,
        ("oraclepack_render_pack", {"path": path, "manifest": manifest}),
        ("oraclepack_render_template", {"path": path, "template": "runner", "values": values}),
    )


def tree(directory: Path) -> dict[str, bytes | None]:
    """Everything below a directory, files with what they hold."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(directory.rglob("*"))}


@attack("oraclepack/s39-any-name")
def test_s39_names_that_other_programs_obey_are_not_written_to(arena: Arena) -> None:
    (arena.root / ".git" / "hooks").mkdir(parents=True)
    before = tree(arena.root)
    for name in NAMES:
        assert written(arena, name) == "PATH_INVALID", name
    for name in ("x\0.md", "x\n.md", "\u202e.md", "x" * 300 + ".md", "a//x.md", "/x.md", "", "a/"):
        assert "served" not in written(arena, name), name
    assert rendered(arena, ".git/hooks/pre-commit.md") == "PATH_INVALID"
    assert tree(arena.root) == before


@attack("oraclepack/s39-way-up")
def test_s39_nothing_is_written_above_a_root(arena: Arena) -> None:
    before = tree(arena.root.parent)
    for path in UPWARDS:
        assert written(arena, path) == "PATH_INVALID", path
    assert rendered(arena, UPWARDS[0]) == "PATH_INVALID"
    assert written(arena, str(arena.outside / "new.md")) == "PATH_OUTSIDE_ROOTS"
    assert written(arena, f"{arena.root}-evil/new.md") == "PATH_OUTSIDE_ROOTS"
    assert tree(arena.root.parent) == before


@attack("oraclepack/s39-through-links")
def test_s39_nothing_is_written_through_links(arena: Arena) -> None:
    (arena.root / "d").symlink_to(arena.outside)
    (arena.root / "x.md").symlink_to(arena.outside / "secret.md")
    (arena.root / "gone.md").symlink_to(arena.outside / "new.md")
    before = tree(arena.outside)
    assert rendered(arena, "d/new.md") == "PATH_SYMLINK"
    known = sha256(SECRET.encode()).hexdigest()
    for path in ("d/new.md", "d/below/new.md", "d/secret.md", "x.md", "gone.md"):
        assert written(arena, path) == "PATH_SYMLINK", path
        assert written(arena, path, expected_sha256=known) == "PATH_SYMLINK", path
    assert tree(arena.outside) == before


@attack("oraclepack/s39-overwrites")
def test_s39_only_the_file_that_was_looked_at_is_written_over(arena: Arena) -> None:
    arena.pack("echo precious")
    before = tree(arena.root)
    for expected in (None, "0" * 64, sha256(b"").hexdigest()):
        assert written(arena, "p.md", expected_sha256=expected) == "CONFLICT"
        assert written(arena, "absent.md", expected_sha256="0" * 64) == "CONFLICT"
    update = {"pack": "p.md", "step_id": "01", "code": "echo mine", "expected_sha256": "0" * 64}
    assert arena.error("oraclepack_update_step", **update) == "CONFLICT"
    assert tree(arena.root) == before


@attack("oraclepack/s39-twins")
def test_s39_names_that_differ_by_case_only_are_one(arena: Arena) -> None:
    arena.pack("echo precious", name="Pack.md")
    before = tree(arena.root)
    for name in ("pack.md", "PACK.md"):
        assert arena.error("oraclepack_write_pack", path=name, content=TEXT) == "CONFLICT"
    assert tree(arena.root) == before


@attack("oraclepack/s39-any-size")
def test_s39_a_pack_has_its_limit(arena: Arena) -> None:
    for content in (f"{TEXT}{'é' * (5 << 19)}", f"{TEXT}{'#' * (5 << 20)}"):
        for dry_run in (False, True):
            answer = arena.error("oraclepack_write_pack", path="x.md", content=content, dry_run=dry_run)
            assert answer in {"TOO_LARGE", "INVALID_ARGUMENT"}
        assert arena.error("oraclepack_validate_pack", text=content) in {"TOO_LARGE", "INVALID_ARGUMENT"}
    assert list(arena.root.iterdir()) == []


@attack("oraclepack/s39-any-content")
def test_s39_a_pack_holds_text(arena: Arena) -> None:
    for content in ("\0", f"{TEXT}\0", "a\0b"):
        refused = arena.error("oraclepack_write_pack", path="x.md", content=content, allow_invalid=True)
        assert refused == "INVALID_ARGUMENT"
    assert list(arena.root.iterdir()) == []


@attack("oraclepack/s39-any-name")
def test_s39_a_root_that_is_for_reading_stays_as_it_is(arena: Arena) -> None:
    root = arena.domain.roots.roots[0]
    object.__setattr__(root, "writable", False)
    assert written(arena, "x.md") == rendered(arena, "x.md") == "PATH_READ_ONLY"
    assert arena.error("oraclepack_save_url", scope="project", name="u", url="https://chatgpt.com/") != "served"
    assert list(arena.root.iterdir()) == []
