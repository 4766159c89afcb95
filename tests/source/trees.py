"""Fetches and unpacks the published sources of servers of others, on which the source audit is tried.

Nothing in them is run: archives are fetched as files, held against the hashes in trees.toml, and unpacked as data.
"""

import hashlib
import json
import os
import sys
import tarfile
import tempfile
import tomllib
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VARIABLE: Final = "MCP_AUDIT_THIRD_PARTY"
"""Names the directory for what is fetched of others; the trees are in `trees/` below it."""
LIST: Final = Path(__file__).with_name("trees.toml")
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of an archive."""

_PYPI: Final = "https://pypi.org/simple"
_NPM: Final = "https://registry.npmjs.org"


class FetchError(Exception):
    """An archive is not what the list says, or could not be had."""


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a package, as its registry has it."""

    name: str
    ecosystem: str
    """PyPI (a source distribution) or npm."""
    version: str
    sha256: str
    """Of the archive."""
    drawn: bool = False
    """Whether it was drawn at random: no rule was made with it in view."""

    @property
    def directory(self) -> str:
        """The name of its directory: the scope of an npm package is left out."""
        return f"{self.name.rpartition('/')[2]}-{self.version}"


def listed() -> tuple[Published, ...]:
    """Return what trees.toml names."""
    return tuple(Published(**row) for row in tomllib.loads(LIST.read_text(encoding="utf-8"))["tree"])


def home() -> Path | None:
    """Return the directory of the trees, or None if the variable is not set."""
    named = os.environ.get(VARIABLE)
    return Path(named).resolve() / "trees" if named else None


def tree(package: Published, directory: Path) -> Path:
    """Return the root of a package's tree below `directory`, fetched if it is not there yet.

    Raises:
        FetchError: if it cannot be fetched, or its hash is another than the listed one.
    """
    root = directory / package.directory
    if not root.is_dir():
        data = _fetch(_address(package))
        digest = hashlib.sha256(data).hexdigest()
        if digest != package.sha256:
            raise FetchError(f"{package.directory}: the archive has the hash {digest}")
        unpack(data, root)
    return root


def unpack(data: bytes, root: Path) -> None:
    """Unpack an archive whose members are all in one directory; that directory becomes `root`.

    Raises:
        FetchError: if there is not exactly one directory at the top.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent) as scratch, tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            archive.extractall(scratch, filter="data")
        tops = list(Path(scratch).iterdir())
        if len(tops) != 1 or not tops[0].is_dir():
            raise FetchError(f"{root.name}: the archive has {len(tops)} entries at the top, not one directory")
        tops[0].rename(root)


def _address(package: Published) -> str:
    """Return the address of the archive."""
    if package.ecosystem == "npm":
        return f"{_NPM}/{package.name}/-/{package.directory}.tgz"
    accepts = {"Accept": "application/vnd.pypi.simple.v1+json"}
    page = json.loads(_fetch(f"{_PYPI}/{package.name}/", accepts))
    for file in page["files"]:
        if file["hashes"].get("sha256") == package.sha256:
            return str(file["url"])
    raise FetchError(f"{package.directory}: no file of PyPI has the hash {package.sha256}")


def _fetch(address: str, headers: dict[str, str] | None = None) -> bytes:
    if not address.startswith("https://"):
        raise FetchError(f"{address} is not an https address")
    request = urllib.request.Request(address, headers=headers or {})  # noqa: S310 - only https, see above
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            data: bytes = answer.read(LARGEST + 1)
    except OSError as error:
        raise FetchError(f"{address}: {error}") from error
    if len(data) > LARGEST:
        raise FetchError(f"{address} is larger than {LARGEST} bytes")
    return data


if __name__ == "__main__":
    directory = home()
    if directory is None:
        sys.exit(f"set {VARIABLE} to the directory that the trees are to be unpacked in")
    for package in listed():
        print(tree(package, directory))  # noqa: T201
