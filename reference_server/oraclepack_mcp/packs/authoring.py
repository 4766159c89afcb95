"""Writing packs: whole files, single steps, packs out of data and out of templates."""

from dataclasses import dataclass
from typing import Any

from oraclepack_mcp.catalogue import Limits
from oraclepack_mcp.packs.model import Profile
from oraclepack_mcp.packs.validation import Validation
from oraclepack_mcp.security.roots import Roots


@dataclass(frozen=True, slots=True)
class WrittenPack:
    """A pack that was written, or in a dry run would be; `diff` is a unified diff."""

    path: str
    sha256: str
    created: bool
    diff: str
    validation: Validation
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Updated:
    """A pack in which one step was changed, or in a dry run would be."""

    id: str
    sha256: str
    diff: str
    validation: Validation
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text made out of data; `path` and what follows it are None where no path was given.

    `unresolved` are the placeholders without a value; while there are any, nothing is judged.
    """

    text: str
    unresolved: list[str]
    validation: Validation | None
    path: str | None
    sha256: str | None
    created: bool | None
    diff: str | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class PackAuthor:
    """Writes packs inside the roots. Thread-safe; calls may block."""

    roots: Roots
    limits: Limits

    def write_pack(
        self,
        path: str,
        content: str,
        expected_sha256: str | None,
        profiles: tuple[Profile, ...],
        allow_invalid: bool,
        dry_run: bool,
    ) -> WrittenPack:
        """Put a whole file in its place; None as hash means that there must be none."""
        raise NotImplementedError

    def update_step(  # noqa: PLR0917 - the arguments of a tool, in its order
        self,
        pack: str,
        step_id: str,
        title: str | None,
        metadata: dict[str, str] | None,
        code: str | None,
        expected_sha256: str,
        dry_run: bool,
    ) -> Updated:
        """Change one step; every byte outside of it stays."""
        raise NotImplementedError

    def render_pack(
        self, manifest: dict[str, Any], path: str | None, expected_sha256: str | None, dry_run: bool
    ) -> Rendered:
        """Make a pack out of data, and write it where a path is given."""
        raise NotImplementedError

    def render_template(
        self, template: str, values: dict[str, str], path: str | None, expected_sha256: str | None, dry_run: bool
    ) -> Rendered:
        """Fill in a template of this server, and write it where a path is given."""
        raise NotImplementedError
