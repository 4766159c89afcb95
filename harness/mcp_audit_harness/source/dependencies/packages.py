"""Packages that a source tree asks for, and those that its lock files name."""

import enum
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from ...model import AdvisoryDatabase, Place
from ..tree import ASIDE, BUILT, TESTS, SourceTree

PYPI: Final = "PyPI"
NPM: Final = "npm"
LARGEST_TEXT: Final = 8 * 1024 * 1024
"""Bytes; lock files of large frontends come to some megabytes."""

_NAMES: Final = {
    PYPI: re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,212}[A-Za-z0-9])?", re.ASCII),
    NPM: re.compile(r"(?:@[\w.~-]{1,100}/)?[\w.~-]{1,214}", re.ASCII),
}
_OF_NPM: Final = frozenset(
    {
        "bun.lock",
        "bun.lockb",
        "deno.lock",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "pnpm-lock.yaml",
        "yarn.lock",
    }
)
_SEPARATORS: Final = re.compile(r"[-_.]+")
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s]+@")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LONGEST: Final = 160
_ASIDE: Final = TESTS | ASIDE | BUILT | {"templates", "samples"}


class Group(enum.StrEnum):
    """What a requirement is needed for."""

    MAIN = "main"
    EXTRA = "extra"
    """An optional feature that users ask for by name."""
    PEER = "peer"
    """Something that whoever installs the package brings along."""
    DEV = "dev"
    BUILD = "build"


@dataclass(frozen=True, slots=True)
class Declared:
    """A requirement in a manifest."""

    ecosystem: str
    name: str
    """As its registry normalises it."""
    requirement: str
    """The range as it is written, or an address; empty if every version will do."""
    group: Group
    place: Place

    @property
    def by_address(self) -> bool:
        """Whether it is asked for by something else than a range of versions: a URL, a path, a workspace."""
        return ":" in self.requirement or "/" in self.requirement


@dataclass(frozen=True, slots=True)
class Locked:
    """A version that a lock file, or a requirement that admits no other, names."""

    ecosystem: str
    name: str
    version: str
    place: Place
    dev: bool = False
    """Whether the lock file says that only development needs it."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a tree asks for and what it gets, beside what is known of it."""

    tree: SourceTree
    declared: tuple[Declared, ...]
    locked: tuple[Locked, ...]
    lock_files: tuple[str, ...]
    """Paths of the lock files, those among them whose format cannot be read too."""
    database: AdvisoryDatabase
    _by_name: Mapping[tuple[str, str], tuple[Locked, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[tuple[str, str], list[Locked]] = defaultdict(list)
        for lock in self.locked:
            found[lock.ecosystem, lock.name].append(lock)
        by_name = {key: tuple(locks) for key, locks in found.items()}
        object.__setattr__(self, "_by_name", MappingProxyType(by_name))

    def resolved(self, wanted: Declared) -> tuple[Locked, ...]:
        """Return the versions that lock files beside or above the manifest name for a requirement."""
        known = self._by_name.get((wanted.ecosystem, wanted.name), ())
        return tuple(lock for lock in known if _reaches(lock.place.path, wanted.place.path))

    def locks(self, wanted: Declared) -> tuple[str, ...]:
        """Return the lock files of the requirement's ecosystem beside or above its manifest."""
        return tuple(
            path
            for path in self.lock_files
            if (NPM if PurePosixPath(path).name in _OF_NPM else PYPI) == wanted.ecosystem
            and _reaches(path, wanted.place.path)
        )


def _reaches(lock: str, manifest: str) -> bool:
    folder = PurePosixPath(manifest).parent
    return PurePosixPath(lock).parent in {folder, *folder.parents}


def canonical(ecosystem: str, name: str) -> str:
    """Return the name as the registry normalises it (PyPI: PEP 503); empty if it is none."""
    name = name.strip()
    if not _NAMES[ecosystem].fullmatch(name):
        return ""
    return _SEPARATORS.sub("-", name).lower() if ecosystem == PYPI else name


def plain(text: str) -> str:
    """Return text of a tree as it can be shown: on one line, of bounded length, without credentials."""
    return _CREDENTIALS.sub("…@", _CONTROLS.sub(" ", text[: 4 * _LONGEST]))[:_LONGEST].strip()


def listed(names: Sequence[str], most: int) -> str:
    """Return names as a sentence lists them: at most so many, then how many more there are."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file of a tree, of which places are spoken."""

    path: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, path: str, text: str) -> "Manifest":
        """Split a text at line feeds only, as editors and parsers count."""
        return cls(path, tuple(text.split("\n")))

    def place(self, line: int) -> Place:
        """Return a line as a place; 1 if there is no such line."""
        number = line if 0 < line <= len(self.lines) else 1
        return Place(self.path, number, text=plain(self.lines[number - 1]))

    def line_with(self, needle: str, after: int = 1, before: int = 0) -> int:
        """Return the first line from `after` on, and ahead of `before`, that holds the needle; 0 if none does."""
        end = len(self.lines) + 1
        for number in range(max(after, 1), min(before or end, end)):
            if needle in self.lines[number - 1]:
                return number
        return 0


def wanted(ecosystem: str, name: str, requirement: str, group: Group, place: Place) -> Iterator[Declared]:
    """Yield the requirement, unless its name can be none."""
    known = canonical(ecosystem, name)
    if known:
        yield Declared(ecosystem, known, plain(requirement), group, place)


def found(ecosystem: str, name: str, version: str, place: Place, *, dev: bool = False) -> Iterator[Locked]:
    """Yield the version, unless its package can have no such name or the version is none."""
    known = canonical(ecosystem, name)
    if known and version[:1].isascii() and version[:1].isdigit():
        yield Locked(ecosystem, known, plain(version), place, dev)


def read_text(tree: SourceTree, path: str) -> str:
    """Return the text of one of the tree's files; empty if it is none, or larger than `LARGEST_TEXT`."""
    source = next((one.text for one in tree.sources if one.path == path), None)
    if source is not None:
        return source
    file = tree.root / path
    try:
        if path not in tree.others or file.stat().st_size > LARGEST_TEXT:
            return ""
        return file.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    except OSError:
        return ""


def kept(tree: SourceTree) -> tuple[str, ...]:
    """Return the paths of all files that are neither of tests nor of examples nor built."""
    paths = (*tree.others, *(file.path for file in tree.sources))
    return tuple(sorted(path for path in paths if not _ASIDE.intersection(PurePosixPath(path).parts[:-1])))
