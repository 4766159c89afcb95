"""Finds the manifests and lock files of a tree, and reads each with its own reader."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from ...model import AdvisoryDatabase, Language
from ..tree import SourceTree
from .npm_locks import bun_lock, package_lock, pnpm_lock, yarn_lock
from .npm_manifests import package_json
from .packages import Declared, Dependencies, Group, Locked, found, kept, read_text
from .python_locks import pipfile_lock, toml_lock
from .python_manifests import pipfile, pyproject, script, setup_cfg, setup_py
from .ranges import pinned
from .requirement_lines import listed_pins, listed_requirements

_ReadManifest: TypeAlias = Callable[[str, str], Iterable[Declared]]
_ReadLock: TypeAlias = Callable[[str, str], Iterable[Locked]]

_MANIFESTS: Final[dict[str, _ReadManifest]] = {
    "package.json": package_json,
    "Pipfile": pipfile,
    "pyproject.toml": pyproject,
    "setup.cfg": setup_cfg,
    "setup.py": setup_py,
}
_LOCKS: Final[dict[str, _ReadLock]] = {
    "bun.lock": bun_lock,
    "npm-shrinkwrap.json": package_lock,
    "package-lock.json": package_lock,
    "pdm.lock": toml_lock,
    "Pipfile.lock": pipfile_lock,
    "pnpm-lock.yaml": pnpm_lock,
    "poetry.lock": toml_lock,
    "pylock.toml": toml_lock,
    "uv.lock": toml_lock,
    "yarn.lock": yarn_lock,
}
_OTHER_LOCKS: Final = frozenset({"bun.lockb", "conda-lock.yml", "deno.lock", "pixi.lock"})
"""Lock files that are known to be such, and are not read."""
_LARGEST_MANIFEST: Final = 512 * 1024
_LONGEST_MANIFEST: Final = 20_000
"""Lines; what is larger or longer is no manifest that somebody wrote."""
_MOST_FILES: Final = 300
"""Of manifests, and of lock files."""
_MOST_DECLARED: Final = 2_000
"""Of one manifest."""
_MOST_LOCKED: Final = 50_000
"""Of one lock file."""


def declared(tree: SourceTree) -> tuple[Declared, ...]:
    """Return what the manifests of a tree ask for; those of tests and examples are not looked at."""
    every = [*_in_manifests(tree), *islice(listed_requirements(tree), _MOST_DECLARED), *_in_scripts(tree)]
    return tuple(dict.fromkeys(every))


def locked(tree: SourceTree) -> tuple[Locked, ...]:
    """Return the versions that lock files resolve to, and those that requirements pin; each of a file once."""
    every = [*_in_locks(tree), *islice(listed_pins(tree), _MOST_DECLARED), *_pins(_in_manifests(tree))]
    once = {(lock.place.path, lock.ecosystem, lock.name, lock.version): lock for lock in reversed(every)}
    return tuple(reversed(once.values()))


def lock_files(tree: SourceTree) -> tuple[str, ...]:
    """Return the paths of the lock files, of those too that are not read."""
    names = _OTHER_LOCKS.union(_LOCKS)
    return tuple(path for path in kept(tree) if PurePosixPath(path).name in names)


def dependencies_of(tree: SourceTree, database: AdvisoryDatabase) -> Dependencies:
    """Return everything that rules about dependencies look at."""
    return Dependencies(tree, declared(tree), locked(tree), lock_files(tree), database)


def _in_manifests(tree: SourceTree) -> Iterator[Declared]:
    paths = [path for path in kept(tree) if PurePosixPath(path).name in _MANIFESTS]
    for path in paths[:_MOST_FILES]:
        text = read_text(tree, path)
        if len(text) <= _LARGEST_MANIFEST and text.count("\n") <= _LONGEST_MANIFEST:
            yield from islice(_MANIFESTS[PurePosixPath(path).name](path, text), _MOST_DECLARED)


def _in_scripts(tree: SourceTree) -> Iterator[Declared]:
    for file in tree.shipped:
        if file.language is Language.PYTHON and "# /// script" in file.text:
            yield from islice(script(file.path, file.text), _MOST_DECLARED)


def _in_locks(tree: SourceTree) -> Iterator[Locked]:
    paths = [path for path in kept(tree) if PurePosixPath(path).name in _LOCKS]
    for path in paths[:_MOST_FILES]:
        yield from islice(_LOCKS[PurePosixPath(path).name](path, read_text(tree, path)), _MOST_LOCKED)


def _pins(wanted: Iterable[Declared]) -> Iterator[Locked]:
    for one in wanted:
        if one.group in {Group.MAIN, Group.EXTRA, Group.DEV}:
            version = pinned(one.requirement, one.ecosystem)
            yield from found(one.ecosystem, one.name, version, one.place, dev=one.group is Group.DEV)
