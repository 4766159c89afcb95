"""Writing what was derived: all files or none are refused, and never a file that something else has made.

What is derived can be derived again, so such a file may be replaced without a hash. Anything else in its place stays.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeAlias

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Location, Roots
from oraclepack_mcp.security.writing import require_writable, write_file
from oraclepack_mcp.taskify.json_text import read_json
from oraclepack_mcp.taskify.model import WrittenFile
from oraclepack_mcp.taskify.problems import Problems

Recognises: TypeAlias = Callable[[bytes], bool]
"""Whether the content of a file is what the same call made before."""

_MAX_BYTES: Final = 4 * 1024 * 1024


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
        DomainError: as `require_writable`; INVALID_ARGUMENT, two of them would be one file; CONFLICT, a file is there
            that was not derived, or it changes meanwhile.
    """
    if len({file.location.id for file in files}) < len(files):
        raise DomainError("INVALID_ARGUMENT", "two of the files to write have one path")
    before = [_replaceable(roots, file) for file in files]
    if not dry_run:
        for file, known in zip(files, before, strict=True):
            write_file(file.location, file.data, expected=known)
    return [
        WrittenFile(file.location.id, sha256(file.data).hexdigest(), len(file.data), known is None)
        for file, known in zip(files, before, strict=True)
    ]


def _replaceable(roots: Roots, file: Derived) -> str | None:
    """The hash of the file that is there and may be replaced, or None."""
    require_writable(file.location)
    try:
        raw = roots.read_whole(file.location, _MAX_BYTES)
    except DomainError as error:
        if error.code == "NOT_FOUND":
            return None
        raise
    if raw and not file.recognises(raw):
        sentence = f"{file.location.id} holds something else than this tool writes, and is not replaced"
        raise DomainError("CONFLICT", sentence, {"path": file.location.id})
    return sha256(raw).hexdigest()
