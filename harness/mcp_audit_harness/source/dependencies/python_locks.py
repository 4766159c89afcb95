"""What the lock files of Python projects resolve to: uv, Poetry, PDM, pylock.toml, Pipenv."""

import re
from collections.abc import Iterator
from typing import Final

from .json_text import read_json
from .packages import PYPI, Locked, Manifest, found

_HEADER: Final = re.compile(r"\[\[packages?\]\]\s*$")
_FIELD: Final = re.compile(r'(name|version|category|source)\s*=\s*(?:"([^"]*)"|(\{.*))')
_OWN: Final = re.compile(r"\{\s*(editable|virtual|directory|path)\b")


def toml_lock(path: str, text: str) -> Iterator[Locked]:
    """Yield the versions in a uv.lock, poetry.lock, pdm.lock or pylock.toml.

    Programs write all of them in one way, `[[package]]` with a field on each line: reading lines finds the places too,
    and is not stopped by an error further down.
    """
    manifest = Manifest.of(path, text)
    fields: dict[str, str] = {}
    begun = 0
    for number, line in enumerate((*manifest.lines, "["), start=1):
        if line.startswith("["):
            if begun:
                yield from _package(fields, manifest, begun)
            fields, begun = {}, number if _HEADER.match(line) else 0
        elif begun:
            match = _FIELD.match(line)
            if match:
                fields.setdefault(match[1], match[2] if match[3] is None else match[3])
                begun = number if match[1] == "version" else begun


def _package(fields: dict[str, str], manifest: Manifest, line: int) -> Iterator[Locked]:
    """Yield a package, unless it is the project itself."""
    if not _OWN.match(fields.get("source", "")):
        dev = fields.get("category") == "dev"
        yield from found(PYPI, fields.get("name", ""), fields.get("version", ""), manifest.place(line), dev=dev)


def pipfile_lock(path: str, text: str) -> Iterator[Locked]:
    """Yield the versions in a Pipfile.lock."""
    root = read_json(text)
    manifest = Manifest.of(path, text)
    for section in ("default", "develop"):
        for name, node in root.get(section).members.items():
            version = node.get("version").text.lstrip("= ")
            yield from found(PYPI, name, version, manifest.place(node.line), dev=section == "develop")
