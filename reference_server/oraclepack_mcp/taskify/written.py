"""Writing what was derived, and never over a file that something else has made.

All that can be known beforehand is refused before the first file is written, in a dry run likewise. What is derived can
be derived again, so such a file may be replaced without a hash. Anything else in its place stays.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final, TypeAlias

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Location, Roots
from oraclepack_mcp.security.writing import require_writable, write_file
from oraclepack_mcp.taskify.json_text import read_json
from oraclepack_mcp.taskify.model import WrittenFile
from oraclepack_mcp.taskify.problems import Problems

Recognises: TypeAlias = Callable[[bytes], bool]
"""Whether the content of a file is what the same call made before."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes of a file that is written: as many as can be read again, to see that it may be replaced."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A file to be written, and what it may take the place of."""

    location: Location
    data: bytes
    recognises: Recognises


def starts_with(start: str) -> Recognises:
    """Recognise a text by how it begins."""
    return lambda raw: raw.startswith(start.encode())


def has_keys(*names: str) -> Recognises:
    """Recognise a JSON object by keys that it has."""

    def recognises(raw: bytes) -> bool:
        value = read_json(raw, Problems())
        return isinstance(value, dict) and all(name in value for name in names)

    return recognises


def maps_to_arrays(raw: bytes) -> bool:
    """Recognise a JSON object that holds nothing but arrays."""
    value = read_json(raw, Problems())
    return isinstance(value, dict) and all(isinstance(item, list) for item in value.values())


def sorted_json(value: Any) -> str:
    """JSON as the original programs write it: sorted keys, two blanks, ASCII only, no final line feed."""
    return json.dumps(value, indent=2, sort_keys=True)


def put(roots: Roots, files: Sequence[Derived], *, dry_run: bool) -> list[WrittenFile]:
    """Write the files in their order, or only say what would be written.

    Raises:
        DomainError: as `require_writable`; INVALID_ARGUMENT, two of them would be in each other's way; TOO_LARGE, one
            could not be read again; CONFLICT, a file is there that was not derived, or whose name differs by case only,
            or it changes meanwhile.
    """
    _require_apart([file.location for file in files])
    before = [_replaceable(roots, file) for file in files]
    _refuse_twins(roots, [file.location for file, known in zip(files, before, strict=True) if known is None])
    if not dry_run:
        for file, known in zip(files, before, strict=True):
            write_file(file.location, file.data, expected=known)
    return [
        WrittenFile(file.location.id, sha256(file.data).hexdigest(), len(file.data), known is None)
        for file, known in zip(files, before, strict=True)
    ]


def _require_apart(places: Sequence[Location]) -> None:
    """Refuse two places that are one, differ by case only, or lie below each other."""
    ids = sorted(f"{place.id.casefold()}/" for place in places)
    if any(after.startswith(before) for before, after in pairwise(ids)):
        raise DomainError("INVALID_ARGUMENT", "two of the files to write have one path, or one lies below the other")


def _refuse_twins(roots: Roots, new: Sequence[Location]) -> None:
    """Refuse new files beside names that differ by case only, which writing them would refuse halfway."""
    for directory in {Location(place.root, place.parts[:-1]) for place in new}:
        taken = {name.casefold() for name in _names(roots, directory)}
        for place in new:
            if place.parts[:-1] == directory.parts and place.parts[-1].casefold() in taken:
                sentence = f"something whose name differs by case only from {place.id} exists already"
                raise DomainError("CONFLICT", sentence, {"path": place.id})


def _names(roots: Roots, directory: Location) -> list[str]:
    try:
        listing = roots.files(directory, recursive=False, suffix="")
    except DomainError as error:
        if error.code == "NOT_FOUND":
            return []
        raise
    return [file.parts[-1] for file in listing.files] + [entry.path.rpartition("/")[2] for entry in listing.skipped]


def _replaceable(roots: Roots, file: Derived) -> str | None:
    """The hash of the file that is there and may be replaced, or None."""
    require_writable(file.location)
    if len(file.data) > MAX_BYTES:
        raise DomainError("TOO_LARGE", f"{file.location.id} would be larger than {MAX_BYTES} bytes")
    try:
        raw = roots.read_whole(file.location, MAX_BYTES)
    except DomainError as error:
        if error.code == "NOT_FOUND":
            return None
        raise
    if raw and not file.recognises(raw):
        sentence = f"{file.location.id} holds something else than this tool writes, and is not replaced"
        raise DomainError("CONFLICT", sentence, {"path": file.location.id})
    return sha256(raw).hexdigest()
