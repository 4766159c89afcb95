"""The files of a source tree: which are sources, which are tests, which are somebody else's."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ..errors import AuditError
from ..model import Language

LARGEST_FILE: Final = 2 * 1024 * 1024
"""Bytes; a longer source is generated, and is not read."""
MOST_FILES: Final = 20_000

_LANGUAGES: Final = {
    ".py": Language.PYTHON,
    ".ts": Language.TYPESCRIPT,
    ".tsx": Language.TYPESCRIPT,
    ".mts": Language.TYPESCRIPT,
    ".cts": Language.TYPESCRIPT,
    ".js": Language.JAVASCRIPT,
    ".jsx": Language.JAVASCRIPT,
    ".mjs": Language.JAVASCRIPT,
    ".cjs": Language.JAVASCRIPT,
}
_INSTALLED: Final = {
    "node_modules",
    "site-packages",
    "bower_components",
    "vendor",
    "third_party",
    ".venv",
    "venv",
    "env",
}
_FOREIGN: Final = frozenset({*_INSTALLED, "__pycache__", ".git", ".hg", ".svn", ".tox", ".nox", ".eggs", "htmlcov"})
BUILT: Final = frozenset({"dist", "build", "out"})
TESTS: Final = frozenset({"test", "tests", "__tests__", "spec", "specs", "e2e", "testing", "fixtures", "__mocks__"})
ASIDE: Final = frozenset({"example", "examples", "docs", "benchmarks", "benchmark"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of source."""

    path: str
    """Below the root, with forward slashes."""
    language: Language
    text: str
    test: bool
    """Whether it is a test, or what tests need."""
    aside: bool
    """Whether it is an example, a benchmark or documentation: not what users run."""


@dataclass(frozen=True, slots=True)
class SourceTree:
    """All files of a tree that matter."""

    root: Path
    sources: tuple[SourceFile, ...]
    others: tuple[str, ...]
    """Paths of all other files (manifests, lock files, settings …), below the root, with forward slashes."""
    unread: tuple[tuple[str, str], ...] = ()
    """Sources that are not read, each with the reason."""

    @property
    def shipped(self) -> tuple[SourceFile, ...]:
        """The sources that users run: neither tests nor examples."""
        return tuple(file for file in self.sources if not file.test and not file.aside)

    def read(self, path: str) -> str:
        """Return the text of one of the other files; empty if it cannot be read."""
        try:
            data = (self.root / path).read_bytes()[:LARGEST_FILE]
        except OSError:
            return ""
        return data.decode("utf-8", "replace")


def read_tree(root: Path) -> SourceTree:
    """Return the files below `root`; links are not followed, other people's packages are left out.

    What is in `dist/`, `build/` or `out/` counts only where there is no source that it can have been made from:
    packages of npm often hold nothing else.

    Raises:
        AuditError: if `root` is no directory, or holds more than `MOST_FILES` files.
    """
    if not root.is_dir():
        raise AuditError(f"{root} is not a directory")
    paths = list(_walk(root))
    sources: list[SourceFile] = []
    unread: list[tuple[str, str]] = []
    for path in paths:
        language = _language(path)
        if language is not None:
            try:
                sources.append(_file(root, path, language))
            except AuditError as error:
                unread.append((path, str(error)))
    others = tuple(path for path in paths if _language(path) is None)
    return SourceTree(root, tuple(_written(sources)), others, tuple(unread))


def _written(sources: Sequence[SourceFile]) -> Iterator[SourceFile]:
    """Yield what somebody wrote: what was built only where there is nothing that it can have been built from."""
    built = {file for file in sources if BUILT.intersection(PurePosixPath(file.path).parts)}
    origins = {file.language for file in sources if file not in built}
    for file in sources:
        from_typescript = file.language is Language.JAVASCRIPT and Language.TYPESCRIPT in origins
        if file not in built or not (from_typescript or file.language in origins - {Language.JAVASCRIPT}):
            yield file


def _walk(root: Path) -> Iterator[str]:
    count = 0
    for directory, names, files in os.walk(root, followlinks=False):
        names[:] = sorted(name for name in names if name not in _FOREIGN and not name.endswith(("_cache", ".egg-info")))
        for name in sorted(files):
            count += 1
            if count > MOST_FILES:
                raise AuditError(f"{root} holds more than {MOST_FILES} files")
            path = Path(directory, name)
            if not path.is_symlink():
                yield path.relative_to(root).as_posix()


def _language(path: str) -> Language | None:
    if path.endswith((".d.ts", ".d.mts", ".d.cts", ".min.js")):
        return None
    return _LANGUAGES.get(PurePosixPath(path).suffix)


def _file(root: Path, path: str, language: Language) -> SourceFile:
    """Return one source; raises AuditError if it is too large, or no text."""
    try:
        size = (root / path).stat().st_size
        if size > LARGEST_FILE:
            raise AuditError(f"it is larger than {LARGEST_FILE // 1024} KiB")
        text = (root / path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise AuditError(str(error.strerror)) from error
    except UnicodeDecodeError as error:
        raise AuditError("it is not UTF-8") from error
    parts = PurePosixPath(path)
    return SourceFile(path, language, text, _is_test(parts), _is_aside(parts))


def _is_aside(path: PurePosixPath) -> bool:
    """Whether it is an example or documentation, or for who works on the server: `skills/`, `.claude/`, `.github/`."""
    folders = path.parts[:-1]
    hidden = any(part.startswith(".") for part in folders)
    return hidden or bool(ASIDE.intersection(folders)) or folders[:1] == ("skills",)


def _is_test(path: PurePosixPath) -> bool:
    stem = path.name.split(".", 1)[0]
    return (
        any(part in TESTS or part.startswith(("test-", "tests-")) for part in path.parts[:-1])
        or stem.startswith(("test_", "test-"))
        or stem.endswith("_test")
        or stem == "conftest"
        or ".test." in path.name
        or ".spec." in path.name
    )
