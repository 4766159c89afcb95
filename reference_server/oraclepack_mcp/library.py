"""The catalogue over directories of pack files."""

import base64
import fnmatch
from dataclasses import dataclass, field, replace
from hashlib import sha256

from oraclepack_mcp import VERSION
from oraclepack_mcp.catalogue import (
    Catalogue,
    FileSlice,
    Limits,
    ListQuery,
    PackList,
    PackModel,
    PackSummary,
    PackText,
    Report,
    ServerFacts,
    StepList,
    StepModel,
    StepQuery,
    unheard,
)
from oraclepack_mcp.cursors import decode_cursor, encode_cursor
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.model import Pack, Profile, Rule, Step
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.text import displayable
from oraclepack_mcp.packs.validation import PROFILES, RULES, Validation, guess_profile, is_well_formed, validate
from oraclepack_mcp.remembered import Remembered
from oraclepack_mcp.security.roots import Location, Roots, Skipped

_SUFFIX = ".md"
_CURSOR = "packs"
_MODELS_BYTES = 4 * 1024 * 1024
"""Bytes of the packs that are remembered, as models and as parsed."""
_SUMMARIES = 4096


@dataclass(frozen=True, slots=True)
class Library:
    """Packs below some roots; reads a file anew for every question, so that an answer is never stale.

    What the same bytes meant before is not worked out again.
    """

    roots: Roots
    limits: Limits
    _models: Remembered[tuple[str, str, bool], PackModel] = field(
        default_factory=lambda: Remembered(_MODELS_BYTES), init=False, repr=False, compare=False
    )
    _packs: Remembered[str, Pack] = field(
        default_factory=lambda: Remembered(_MODELS_BYTES), init=False, repr=False, compare=False
    )
    _summaries: Remembered[tuple[str, str], PackSummary] = field(
        default_factory=lambda: Remembered(_SUMMARIES), init=False, repr=False, compare=False
    )

    def catalogue(self) -> Catalogue:
        """The functions that the server calls."""
        return Catalogue(
            list_packs=self.list_packs,
            get_pack=self.get_pack,
            get_pack_text=self.get_pack_text,
            list_steps=self.list_steps,
            get_step=self.get_step,
            validate_pack=self.validate_pack,
            validate_text=self.validate_text,
            read_file=self.read_file,
            pack_ids=self.pack_ids,
            fingerprints=self.fingerprints,
            rules=self.rules,
            facts=self.facts,
        )

    def list_packs(self, query: ListQuery, report: Report = unheard) -> PackList:
        """A page of the packs below a directory; each file that was read is reported."""
        start = decode_cursor(_CURSOR, query.cursor)
        directory = self.roots.locate_directory(query.directory)
        listing = self.roots.files(directory, recursive=query.recursive, suffix=_SUFFIX)
        files = [file for file in listing.files if fnmatch.fnmatchcase(file.parts[-1], query.pattern)]
        if start > len(files):
            raise DomainError("CURSOR_INVALID", "the cursor lies beyond the end of the list")
        end = min(start + query.limit, len(files))
        page = PackList([], encode_cursor(_CURSOR, end) if end < len(files) else None, listing.skipped)
        for number, file in enumerate(files[start:end], start=1):
            try:
                page.packs.append(self._summary(file))
            except DomainError as error:
                page.skipped.append(Skipped(file.id, error.sentence))
            report(number, end - start)
        return page

    def get_pack(self, pack: str, include_code: bool) -> PackModel:
        """A pack, with all code or none."""
        location, raw = self._read_pack(pack)
        digest = _digest(raw)
        name = (location.id, digest, include_code)
        return self._models.get(name) or self._models.put(name, _model(location, raw, digest, include_code), len(raw))

    def get_pack_text(self, pack: str) -> PackText:
        """The file of a pack as text; bytes that are no UTF-8 become U+FFFD."""
        location, raw = self._read_pack(pack)
        return PackText(location.id, _digest(raw), raw.decode("utf-8", "replace"))

    def list_steps(self, pack: str, query: StepQuery) -> StepList:
        """The steps that a query selects, in file order."""
        model = self.get_pack(pack, False)
        return StepList(model.id, model.sha256, [step for step in model.steps if _selected(step, query)])

    def get_step(self, pack: str, step_id: str) -> StepModel:
        """One step with its code; `1` and `01` name the same step, the first of them."""
        model = self.get_pack(pack, True)
        step = next((step for step in model.steps if step.id == step_id.zfill(2)), None)
        if step is None:
            raise DomainError("NOT_FOUND", f"{model.id} has no step {step_id!r}")
        return StepModel(model.id, model.sha256, step)

    def validate_pack(self, pack: str, profiles: tuple[Profile, ...], *, strict_legacy: bool = False) -> Validation:
        """Judge a pack file, strictly as the original's programs would or by this server's own rules."""
        return validate(self._read_pack(pack)[1], profiles, strict_legacy=strict_legacy, parse=self.parse)

    def validate_text(self, text: str, profiles: tuple[Profile, ...], *, strict_legacy: bool = False) -> Validation:
        """Judge a pack that has no file yet, as `validate_pack` does."""
        raw = text.encode()
        if len(raw) > self.limits.pack_bytes:
            raise DomainError("TOO_LARGE", f"the text is larger than {self.limits.pack_bytes} bytes")
        return validate(raw, profiles, strict_legacy=strict_legacy)

    def read_file(self, path: str, offset: int, max_bytes: int, encoding: str) -> FileSlice:
        """Part of a file; the hash is of the whole file, which has to fit the pack limit."""
        location = self.roots.locate(path)
        whole = self.roots.read_whole(location, self.limits.pack_bytes)
        if offset > len(whole):
            raise DomainError("INVALID_ARGUMENT", f"offset {offset} lies beyond the end of the file at {len(whole)}")
        part = whole[offset : offset + min(max_bytes, self.limits.read_bytes)]
        as_text = encoding == "utf-8"
        if as_text:
            part = _whole_characters(part, is_end=offset + len(part) == len(whole))
        end = offset + len(part)
        return FileSlice(
            path=location.id,
            size=len(whole),
            sha256=_digest(whole),
            offset=offset,
            text=part.decode("utf-8", "replace") if as_text else None,
            base64=None if as_text else base64.b64encode(part).decode("ascii"),
            truncated=end < len(whole),
            next_offset=end if end < len(whole) else None,
        )

    def pack_ids(self) -> list[str]:
        """The ids of all packs, root by root."""
        return [
            file.id
            for root in self.roots.roots
            for file in self.roots.files(Location(root, ()), recursive=True, suffix=_SUFFIX).files
        ]

    def fingerprints(self) -> dict[str, str]:
        """For each pack a text that changes when its file does; a pack that cannot be looked at is left out."""
        found: dict[str, str] = {}
        for pack_id in self.pack_ids():
            try:
                found[pack_id] = self.roots.fingerprint(self.roots.locate(pack_id))
            except DomainError:
                continue
        return found

    def rules(self, profile: Profile) -> list[Rule]:
        """The rules of a profile."""
        return list(RULES[profile])

    def facts(self) -> ServerFacts:
        """What the server is and allows."""
        names = [root.name for root in self.roots.roots]
        return ServerFacts("oraclepack-mcp", VERSION, names, self.limits, "off", list(PROFILES))

    def _read_pack(self, pack: str) -> tuple[Location, bytes]:
        location = self.roots.locate(pack)
        return location, self.roots.read_whole(location, self.limits.pack_bytes)

    def parse(self, raw: bytes) -> Pack:
        """A pack from the bytes of its file.

        Raises:
            DomainError: PACK_INVALID.
        """
        digest = _digest(raw)
        return self._packs.get(digest) or self._packs.put(digest, parse_pack(raw), len(raw))

    def _summary(self, file: Location) -> PackSummary:
        raw = self.roots.read_whole(file, self.limits.pack_bytes)
        name = (file.id, _digest(raw))
        return self._summaries.get(name) or self._summaries.put(name, _summary(file, raw, name[1]))


def _model(location: Location, raw: bytes, digest: str, include_code: bool) -> PackModel:
    parsed = parse_pack(raw, name=location.parts[-1])
    return PackModel(
        id=location.id,
        path=location.path,
        sha256=digest,
        title=parsed.title,
        out_dir=parsed.out_dir,
        write_output=parsed.write_output,
        prelude=replace(parsed.prelude, code=_shown(parsed.prelude.code, include_code)),
        steps=[replace(step, code=_shown(step.code, include_code)) for step in parsed.steps],
    )


def _summary(file: Location, raw: bytes, digest: str) -> PackSummary:
    try:
        pack: Pack | None = parse_pack(raw, name=file.parts[-1])
    except DomainError:
        pack = None
    return PackSummary(
        id=file.id,
        path=file.path,
        size=len(raw),
        sha256=digest,
        title=pack.title if pack else file.parts[-1],
        steps=len(pack.steps) if pack else 0,
        valid=pack is not None and is_well_formed(pack),
        profile_guess=guess_profile(raw),
    )


def _selected(step: Step, query: StepQuery) -> bool:
    if query.tool is not None and step.tool != query.tool:
        return False
    if query.roi_threshold is None:
        return True
    below = step.roi < query.roi_threshold
    return below if query.roi_mode == "under" else not below


def _shown(code: str | None, wanted: bool) -> str | None:
    return displayable(code or "") if wanted else None


def _whole_characters(part: bytes, *, is_end: bool) -> bytes:
    """Cut a character that the limit splits, unless nothing would be left or the bytes are no UTF-8 anyway."""
    if is_end:
        return part
    for cut in range(min(4, len(part))):
        candidate = part[: len(part) - cut]
        try:
            candidate.decode("utf-8")
        except UnicodeDecodeError:
            continue
        return candidate
    return part


def _digest(raw: bytes) -> str:
    return sha256(raw).hexdigest()
