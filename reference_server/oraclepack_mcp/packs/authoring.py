"""Writing packs: whole files, single steps, packs out of data and out of templates."""

import threading
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final

from oraclepack_mcp.catalogue import Limits
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.diffs import unified_diff
from oraclepack_mcp.packs.editing import StepChange, change_step
from oraclepack_mcp.packs.model import Profile
from oraclepack_mcp.packs.rendering import read_manifest, render
from oraclepack_mcp.packs.templating import fill, find_template
from oraclepack_mcp.packs.validation import Validation, validate
from oraclepack_mcp.security.roots import Location, Roots
from oraclepack_mcp.security.writing import require_writable, write_file

_SUFFIX: Final = ".md"
_TOLD_FINDINGS: Final = 50


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
class _Put:
    """What became of a file, or would become of it."""

    location: Location
    sha256: str
    created: bool
    diff: str


@dataclass(frozen=True, slots=True)
class PackAuthor:
    """Writes packs inside the roots. Thread-safe; calls may block.

    Every call may raise what a path can be refused for, PATH_READ_ONLY, TOO_LARGE, and CONFLICT where the file is not
    the one whose hash was given; None as hash means that there must be no file. A dry run checks the same and writes
    nothing, but shows findings that would keep the file from being written.
    """

    roots: Roots
    limits: Limits
    _writing: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def write_pack(
        self,
        path: str,
        content: str,
        expected_sha256: str | None,
        profiles: tuple[Profile, ...],
        allow_invalid: bool,
        dry_run: bool,
    ) -> WrittenPack:
        """Put a whole file in its place, once it passes its profiles or need not.

        Raises:
            DomainError: PACK_INVALID, with the findings; INVALID_ARGUMENT, the content is no text.
        """
        raw = _encoded(content)
        location = self._target(path)
        self._require_small(raw)
        validation = validate(raw, profiles)
        if not (validation.ok or allow_invalid or dry_run):
            _refuse(validation)
        put = self._put(location, raw, expected_sha256, dry_run=dry_run)
        return WrittenPack(put.location.id, put.sha256, put.created, put.diff, validation, dry_run)

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
        """Change one step; every byte outside of it stays. The result is judged as a runner would, whatever it says.

        Raises:
            DomainError: NOT_FOUND, PACK_INVALID; INVALID_ARGUMENT, the change would reach beyond the step.
        """
        location = self._target(pack)
        before = self.roots.read_whole(location, self.limits.pack_bytes)
        found = sha256(before).hexdigest()
        if found != expected_sha256:
            raise DomainError("CONFLICT", "the file has changed since it was looked at", {"sha256": found})
        after = change_step(before, step_id, StepChange(title, metadata, code))
        put = self._put(location, after, expected_sha256, dry_run=dry_run)
        return Updated(put.location.id, put.sha256, put.diff, validate(after, ("runner",)), dry_run)

    def render_pack(
        self, manifest: dict[str, Any], path: str | None, expected_sha256: str | None, dry_run: bool
    ) -> Rendered:
        """Make a pack out of data, and write it where a path is given.

        Raises:
            DomainError: INVALID_ARGUMENT, the manifest; PACK_INVALID, what came out does not pass its profile.
        """
        checked = read_manifest(manifest)
        return self._rendered(render(checked), checked.kind, path, expected_sha256, dry_run=dry_run)

    def render_template(
        self, template: str, values: dict[str, str], path: str | None, expected_sha256: str | None, dry_run: bool
    ) -> Rendered:
        """Fill in a template of this server, and write it where a path is given.

        Raises:
            DomainError: NOT_FOUND, no such template; INVALID_ARGUMENT, a value; PLACEHOLDER_UNRESOLVED, a value is
                missing and the text should be written.
        """
        source = find_template(template)
        text, unresolved = fill(source, values)
        if not unresolved:
            return self._rendered(_encoded(text), source.profile, path, expected_sha256, dry_run=dry_run)
        if path is not None and not dry_run:
            missing = ", ".join(unresolved)
            raise DomainError("PLACEHOLDER_UNRESOLVED", f"there is no value for {missing}", {"unresolved": unresolved})
        return Rendered(text, unresolved, None, None, None, None, None, dry_run)

    def _rendered(
        self, raw: bytes, profile: Profile, path: str | None, expected_sha256: str | None, *, dry_run: bool
    ) -> Rendered:
        self._require_small(raw)
        text, validation = raw.decode(), validate(raw, (profile,))
        if path is None:
            return Rendered(text, [], validation, None, None, None, None, dry_run)
        location = self._target(path)
        if not (validation.ok or dry_run):
            _refuse(validation)
        put = self._put(location, raw, expected_sha256, dry_run=dry_run)
        return Rendered(text, [], validation, put.location.id, put.sha256, put.created, put.diff, dry_run)

    def _target(self, path: str) -> Location:
        """A place for a pack; a name that starts with a hyphen would be an option to many programs."""
        location = self.roots.locate(path)
        require_writable(location)
        if not location.parts[-1].endswith(_SUFFIX):
            raise DomainError("PATH_INVALID", f"the name of a pack ends in {_SUFFIX}")
        if any(part.startswith("-") for part in location.parts):
            raise DomainError("PATH_INVALID", "names with a leading hyphen are not written to")
        return location

    def _put(self, location: Location, raw: bytes, expected_sha256: str | None, *, dry_run: bool) -> _Put:
        self._require_small(raw)
        with self._writing:
            before = self._before(location)
            found = None if before is None else sha256(before).hexdigest()
            if found != expected_sha256:
                state = "the file does not exist" if found is None else "the file exists and is not the expected one"
                raise DomainError("CONFLICT", state, {"sha256": found})
            if not dry_run and before != raw:
                write_file(location, raw, expected=expected_sha256)
        diff = unified_diff(before, raw, location.path)
        return _Put(location, sha256(raw).hexdigest(), before is None, diff)

    def _before(self, location: Location) -> bytes | None:
        try:
            return self.roots.read_whole(location, self.limits.pack_bytes)
        except DomainError as error:
            if error.code != "NOT_FOUND":
                raise
            return None

    def _require_small(self, raw: bytes) -> None:
        if len(raw) > self.limits.pack_bytes:
            raise DomainError("TOO_LARGE", f"a pack has at most {self.limits.pack_bytes} bytes")


def _encoded(content: str) -> bytes:
    if "\0" in content or any("\ud800" <= character <= "\udfff" for character in content):
        raise DomainError("INVALID_ARGUMENT", "the content is Unicode text without NUL")
    return content.encode()


def _refuse(validation: Validation) -> None:
    findings = [finding for result in validation.profiles.values() for finding in result.findings]
    errors = [asdict(finding) for finding in findings if finding.severity == "error"]
    details = {"findings": errors[:_TOLD_FINDINGS], "total": len(errors)}
    raise DomainError(
        "PACK_INVALID", f"the pack has {len(errors)} findings; the first: {errors[0]['message']}", details
    )
