"""Packs of questions about groups of files: a group is a directory right below the root, or what lies beside these."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.model import Profile
from oraclepack_mcp.packs.validation import validate
from oraclepack_mcp.security.roots import MAX_ENTRIES, Location, Roots
from oraclepack_mcp.taskify.model import (
    MAX_GROUP_CHARACTERS,
    Grouped,
    GroupedOptions,
    GroupedPack,
    GroupedValidation,
    GroupKind,
    GroupManifest,
    ManifestGroup,
    TaskProblem,
)
from oraclepack_mcp.taskify.patterns import matches, split_pattern
from oraclepack_mcp.taskify.places import below, from_workdir, is_below
from oraclepack_mcp.taskify.questions import questions_about, title_of
from oraclepack_mcp.taskify.written import Derived, has_keys, maps_to_arrays, put, sorted_json, starts_with

MAX_FILES: Final = 1000
"""Files that one call makes packs about."""
MAX_PACKS: Final = 50
"""Packs that one call makes."""
REST: Final = "misc"
"""The group of the files that lie in the root itself."""

_BYTES_PER_CHARACTER: Final = 4
_PROFILES: Final[dict[GroupKind, tuple[Profile, ...]]] = {
    "tickets": ("runner", "tickets-direct"),
    "codebase": ("runner", "codebase"),
}


@dataclass(frozen=True, slots=True)
class _File:
    """A file to ask about: its path from where packs run, its group, and its length in characters."""

    path: str
    group: str
    characters: int


@dataclass(frozen=True, slots=True)
class _Part:
    """The files of one pack."""

    group: str
    number: int
    slug: str
    files: list[_File]


def generate_grouped(roots: Roots, workdir: Location, options: GroupedOptions) -> Grouped:
    """Make the packs, the manifest and the map of groups, and write them unless it is a dry run.

    A file that does not fit into a pack is left out and named as a problem.

    Raises:
        DomainError: NOT_FOUND, no file matches; TOO_LARGE, there are too many; INVALID_ARGUMENT, an option is out of
            bounds, or files or packs lie outside of where packs run; CONFLICT, a target holds something else; or what a
            path is refused for.
    """
    if not 1 <= options.max_characters <= MAX_GROUP_CHARACTERS:
        raise DomainError("INVALID_ARGUMENT", f"max_characters is a number from 1 to {MAX_GROUP_CHARACTERS}")
    directory, out_dir = roots.locate_directory(options.root), roots.locate_directory(options.out_dir)
    target = from_workdir(out_dir, workdir)
    if out_dir == directory:
        raise DomainError("INVALID_ARGUMENT", "packs go to another directory than that of the files")
    problems: list[TaskProblem] = []
    found = _matching(roots, directory, out_dir, options.glob)
    parts = _parts(_files(roots, directory, workdir, found, options, problems), options.max_characters)
    manifest = GroupManifest([_manifest_group(part, target) for part in parts])
    contents = [
        questions_about(options.kind, part.slug, entry.attached_paths, entry.out_dir)
        for part, entry in zip(parts, manifest.groups, strict=True)
    ]
    places = [below(out_dir, "packs", f"{part.slug}.md") for part in parts]
    packs = [_pack(place, part) for place, part in zip(places, parts, strict=True)]
    groups = _groups(parts)
    files = [
        *(
            Derived(place, raw, starts_with(f"# {title_of(options.kind)} "))
            for place, raw in zip(places, contents, strict=True)
        ),
        Derived(below(out_dir, "_groups.json"), sorted_json(groups).encode(), maps_to_arrays),
        Derived(below(out_dir, "manifest.json"), sorted_json(asdict(manifest)).encode(), has_keys("groups")),
    ]
    verdicts = {pack.path: validate(raw, _PROFILES[options.kind]) for pack, raw in zip(packs, contents, strict=True)}
    valid = not problems and all(verdict.ok for verdict in verdicts.values())
    written = put(roots, files, dry_run=options.dry_run)
    return Grouped(packs, groups, manifest, GroupedValidation(valid, verdicts, problems), written, options.dry_run)


def _matching(roots: Roots, directory: Location, out_dir: Location, glob: str) -> list[Location]:
    """The files to ask about, by path; packs and answers of an earlier call are none of them."""
    pattern = split_pattern(glob)
    listing = roots.files(directory, recursive=True, suffix="")
    if listing.is_cut:
        raise DomainError("TOO_LARGE", f"{directory.id} holds more than {MAX_ENTRIES} entries")
    depth = len(directory.parts)
    found = [file for file in listing.files if matches(pattern, file.parts[depth:])]
    if is_below(out_dir, directory):
        found = [file for file in found if not is_below(file, out_dir)]
    if not found:
        raise DomainError("NOT_FOUND", f"no file below {directory.id} matches {glob!r}")
    if len(found) > MAX_FILES:
        raise DomainError("TOO_LARGE", f"{len(found)} files match, more than {MAX_FILES}")
    return sorted(found, key=lambda place: place.path)


def _files(
    roots: Roots,
    directory: Location,
    workdir: Location,
    found: list[Location],
    options: GroupedOptions,
    problems: list[TaskProblem],
) -> list[_File]:
    depth = len(directory.parts)
    files: list[_File] = []
    for place in found:
        path = from_workdir(place, workdir)
        characters = _characters(roots, place, options.max_characters, problems)
        if characters is not None:
            group = place.parts[depth] if len(place.parts) > depth + 1 else REST
            files.append(_File(path, group, characters))
    return files


def _characters(roots: Roots, place: Location, limit: int, problems: list[TaskProblem]) -> int | None:
    """How many characters a file has; None, and a problem, where it cannot be asked about."""
    raw, size = roots.read(place, limit * _BYTES_PER_CHARACTER + 1)
    try:
        characters = len(raw.decode("utf-8")) if size <= len(raw) else limit + 1
    except UnicodeDecodeError:
        problems.append(TaskProblem("NOT_TEXT", "the file is left out: it is no UTF-8", place.id))
        return None
    if characters > limit:
        problems.append(TaskProblem("TOO_LARGE", f"the file is left out: over {limit} characters", place.id))
        return None
    return characters


def _parts(files: list[_File], limit: int) -> list[_Part]:
    """The files of each group in as few packs as their order allows; every pack gets a name of its own."""
    by_group: dict[str, list[_File]] = {}
    for file in files:
        by_group.setdefault(file.group, []).append(file)
    parts: list[_Part] = []
    taken: set[str] = set()
    for group in sorted(by_group):
        for number, chosen in enumerate(_filled(by_group[group], limit), start=1):
            parts.append(_Part(group, number, _free_slug(group, number, taken), chosen))
    if len(parts) > MAX_PACKS:
        raise DomainError("TOO_LARGE", f"the files would take {len(parts)} packs, more than {MAX_PACKS}")
    return parts


def _filled(files: list[_File], limit: int) -> Iterator[list[_File]]:
    chosen: list[_File] = []
    total = 0
    for file in files:
        if chosen and total + file.characters > limit:
            yield chosen
            chosen, total = [], 0
        chosen.append(file)
        total += file.characters
    yield chosen


def _free_slug(group: str, number: int, taken: set[str]) -> str:
    """A short name of letters, digits and hyphens that no part before has."""
    plain = re.sub(r"[^a-z0-9]+", "-", group.lower()[:80]).strip("-") or "group"
    slug = plain if number == 1 else f"{plain}-part{number}"
    again = 1
    wanted = slug
    while slug in taken:
        again += 1
        slug = f"{wanted}-{again}"
    taken.add(slug)
    return slug


def _manifest_group(part: _Part, target: str) -> ManifestGroup:
    paths = [file.path for file in part.files]
    top = "" if target == "." else f"{target}/"
    return ManifestGroup(
        attached_paths=paths,
        group=part.group,
        original_tickets=list(paths),
        out_dir=f"{top}{part.slug}",
        pack_path=f"{top}packs/{part.slug}.md",
        part=part.number,
        slug=part.slug,
    )


def _pack(place: Location, part: _Part) -> GroupedPack:
    characters = sum(file.characters for file in part.files)
    return GroupedPack(place.id, part.group, part.number, [file.path for file in part.files], characters)


def _groups(parts: list[_Part]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for part in parts:
        groups.setdefault(part.group, []).extend(file.path for file in part.files)
    return groups
