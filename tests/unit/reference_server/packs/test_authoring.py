"""Writing packs: only where it is allowed, only over what was seen, and only what passes."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from oraclepack_mcp.catalogue import Limits
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.authoring import PackAuthor
from oraclepack_mcp.security.roots import Root, Roots

GOOD = "# Pack\n\n```bash\n" + "".join(f"# {n:02d}) Step\necho {n}\n" for n in range(1, 21)) + "```\n"
BROKEN = GOOD.replace("# 07)", "# 08)")


def digest(text: str | bytes) -> str:
    return sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()


@pytest.fixture
def author(tmp_path: Path) -> PackAuthor:
    return over(tmp_path)


def over(path: Path, *, writable: bool = True, pack_bytes: int = 100_000) -> PackAuthor:
    return PackAuthor(Roots((Root.open("packs", path, writable=writable),)), Limits(1000, pack_bytes))


def refusal(call: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value


def test_a_new_pack_is_written_and_told_as_a_diff_from_nothing(author: PackAuthor, tmp_path: Path) -> None:
    written = author.write_pack("deep/er/p.md", GOOD, None, ("runner",), False, False)

    assert (written.path, written.created, written.sha256) == ("packs:deep/er/p.md", True, digest(GOOD))
    assert written.validation.ok
    assert written.diff.startswith("--- /dev/null\n+++ deep/er/p.md\n@@ -0,0 +1,44 @@\n+# Pack\n")
    file = tmp_path / "deep/er/p.md"
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == (GOOD, 0o600)


def test_a_file_is_replaced_only_by_whoever_has_seen_it(author: PackAuthor, tmp_path: Path) -> None:
    file = tmp_path / "p.md"
    file.write_text(GOOD)

    for expected in (None, digest("other")):
        error = refusal(lambda expected=expected: author.write_pack("p.md", GOOD, expected, ("runner",), False, False))  # type: ignore[misc]
        assert (error.code, error.details) == ("CONFLICT", {"sha256": digest(GOOD)})
    assert refusal(lambda: author.write_pack("q.md", GOOD, digest(GOOD), ("runner",), False, False)).code == "CONFLICT"
    changed = author.write_pack("p.md", GOOD.replace("echo 3", "echo three"), digest(GOOD), ("runner",), False, False)
    assert not changed.created
    assert "-echo 3\n+echo three\n" in changed.diff


@pytest.mark.parametrize("exists", [True, False])
def test_a_dry_run_tells_the_same_and_writes_nothing(author: PackAuthor, tmp_path: Path, exists: bool) -> None:
    if exists:
        (tmp_path / "p.md").write_text(BROKEN)
    expected = digest(BROKEN) if exists else None
    tried = author.write_pack("p.md", GOOD, expected, ("runner",), False, True)
    before = sorted(tmp_path.iterdir())
    done = author.write_pack("p.md", GOOD, expected, ("runner",), False, False)

    assert (tried.sha256, tried.created, tried.diff, tried.validation) == (
        done.sha256,
        done.created,
        done.diff,
        done.validation,
    )
    assert (tried.dry_run, done.dry_run) == (True, False)
    assert before == ([tmp_path / "p.md"] if exists else [])
    assert refusal(lambda: author.write_pack("p.md", GOOD, None, ("runner",), False, True)).code == "CONFLICT"


def test_a_pack_with_findings_is_written_only_on_purpose(author: PackAuthor, tmp_path: Path) -> None:
    error = refusal(lambda: author.write_pack("p.md", BROKEN, None, ("runner",), False, False))

    assert error.code == "PACK_INVALID"
    assert error.details["findings"][0]["code"] == "STEP_SEQUENCE"
    assert not list(tmp_path.iterdir())
    assert not author.write_pack("p.md", BROKEN, None, ("runner",), False, True).validation.ok
    assert not author.write_pack("p.md", BROKEN, None, ("runner",), True, False).validation.ok
    assert (tmp_path / "p.md").read_text() == BROKEN


@pytest.mark.parametrize(
    "path",
    [
        ".git/hooks/pre-commit.md",
        ".git/x.md",
        ".ssh/x.md",
        ".bashrc",
        ".x.md",
        "x.md/../../y.md",
        "../y.md",
        "a//b.md",
        "a/./b.md",
        "x",
        "x.sh",
        "x.json",
        "-o.md",
        "-d/x.md",
        "a\nb.md",
        "a\x00b.md",
        "a\u202eb.md",
        "",
        "/etc/x.md",
        "x" * 300 + ".md",
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_names_that_mean_something_elsewhere_are_not_written_to(
    author: PackAuthor, tmp_path: Path, path: str, dry_run: bool
) -> None:
    error = refusal(lambda: author.write_pack(path, GOOD, None, ("runner",), False, dry_run))

    assert error.code in {"PATH_INVALID", "PATH_OUTSIDE_ROOTS"}
    assert str(tmp_path) not in str(error)
    assert not list(tmp_path.iterdir())


def test_a_read_only_root_is_not_written_to(tmp_path: Path) -> None:
    author = over(tmp_path, writable=False)

    assert refusal(lambda: author.write_pack("p.md", GOOD, None, ("runner",), False, True)).code == "PATH_READ_ONLY"


def test_links_and_twins_and_other_kinds_are_refused(author: PackAuthor, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    (tmp_path / "link.md").symlink_to(outside / "secret.md")
    (tmp_path / "dangling.md").symlink_to(outside / "absent.md")
    (tmp_path / "dir").symlink_to(outside)
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "Twin.md").write_text("x")

    codes = {
        name: refusal(lambda name=name: author.write_pack(name, GOOD, None, ("runner",), False, False)).code  # type: ignore[misc]
        for name in ("link.md", "dangling.md", "dir/p.md", "folder.md", "twin.md")
    }
    assert codes == {
        "link.md": "PATH_SYMLINK",
        "dangling.md": "PATH_SYMLINK",
        "dir/p.md": "PATH_SYMLINK",
        "folder.md": "NOT_A_FILE",
        "twin.md": "CONFLICT",
    }
    assert [file.name for file in outside.iterdir()] == ["secret.md"]
    assert (outside / "secret.md").read_text() == "secret"


@pytest.mark.parametrize(
    ("content", "code"), [("a\0b", "INVALID_ARGUMENT"), ("\ud800", "INVALID_ARGUMENT"), ("x" * 100_001, "TOO_LARGE")]
)
def test_content_that_is_no_text_or_too_much_is_refused(author: PackAuthor, content: str, code: str) -> None:
    assert refusal(lambda: author.write_pack("p.md", content, None, ("runner",), True, False)).code == code


def test_a_step_is_changed_where_it_stands(author: PackAuthor, tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text(GOOD)
    updated = author.update_step(
        "p.md", "03", "Third", {"ROI": "4.5", "effort": "2"}, "echo three", digest(GOOD), False
    )

    expected = GOOD.replace("# 03) Step\necho 3\n", "# 03) Third ROI=4.5 effort=2\necho three\n")
    assert (tmp_path / "p.md").read_text() == expected
    assert (updated.id, updated.sha256, updated.validation.ok) == ("packs:p.md", digest(expected), True)
    assert "-# 03) Step\n-echo 3\n+# 03) Third ROI=4.5 effort=2\n+echo three\n" in updated.diff


def test_a_step_of_a_pack_that_changed_meanwhile_is_not_touched(author: PackAuthor, tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text(GOOD)
    for dry_run in (True, False):
        error = refusal(
            lambda dry_run=dry_run: author.update_step("p.md", "03", "x", None, None, digest("x"), dry_run)  # type: ignore[misc]
        )
        assert error.code == "CONFLICT"
    assert refusal(lambda: author.update_step("q.md", "03", "x", None, None, digest("x"), False)).code == "NOT_FOUND"
    assert refusal(lambda: author.update_step("p.md", "21", "x", None, None, digest(GOOD), False)).code == "NOT_FOUND"
    assert author.update_step("p.md", "03", "x", None, None, digest(GOOD), True).dry_run
    assert (tmp_path / "p.md").read_text() == GOOD


def test_of_several_writers_who_saw_the_same_file_one_wins(author: PackAuthor, tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text(GOOD)

    def write(number: int) -> str:
        try:
            return author.update_step("p.md", "01", f"Title {number}", None, None, digest(GOOD), False).sha256
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(write, range(16)))
    winners = [result for result in results if result != "CONFLICT"]
    assert winners == [digest((tmp_path / "p.md").read_bytes())]


def test_a_pack_is_rendered_without_a_file_or_into_one(author: PackAuthor, tmp_path: Path) -> None:
    manifest = {"out_dir": "dist", "steps": [{"title": f"Step {n}", "code": f"echo {n}"} for n in range(1, 21)]}
    shown = author.render_pack(manifest, None, None, False)
    written = author.render_pack(manifest, "new.md", None, False)

    assert (shown.path, shown.sha256, shown.text) == (None, None, written.text)
    assert shown.validation is not None
    assert shown.validation.ok
    assert (tmp_path / "new.md").read_text() == written.text
    assert (written.sha256, written.created) == (digest(written.text), True)
    assert refusal(lambda: author.render_pack(manifest, "new.md", None, False)).code == "CONFLICT"
    too_few = {"steps": [{"title": "x", "code": "echo"}]}
    assert refusal(lambda: author.render_pack(too_few, "few.md", None, False)).code == "PACK_INVALID"
    assert author.render_pack(too_few, "few.md", None, True).created
    assert not (tmp_path / "few.md").exists()


def test_a_template_without_all_its_values_is_shown_but_not_written(author: PackAuthor, tmp_path: Path) -> None:
    values = {"project": "Shop", "out_dir": "answers"}
    shown = author.render_template("runner", values, None, None, False)

    assert (shown.unresolved, shown.validation) == (["sources"], None)
    assert "{{sources}}" in shown.text
    error = refusal(lambda: author.render_template("runner", values, "p.md", None, False))
    assert (error.code, error.details) == ("PLACEHOLDER_UNRESOLVED", {"unresolved": ["sources"]})
    written = author.render_template("runner", {**values, "sources": "src/**"}, "p.md", None, False)
    assert (written.unresolved, written.created) == ([], True)
    assert (tmp_path / "p.md").read_text() == written.text
    assert refusal(lambda: author.render_template("absent", {}, None, None, False)).code == "NOT_FOUND"
