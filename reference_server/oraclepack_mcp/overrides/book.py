"""The overrides of packs as the server asks for them."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, NoReturn

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.dry_run import RunArgv, try_calls
from oraclepack_mcp.overrides.files import Kept, OverrideFiles, Subject
from oraclepack_mcp.overrides.flags import inject_flags, is_targeted, step_flags
from oraclepack_mcp.overrides.model import (
    LineChange,
    OverrideError,
    Overrides,
    OverridesCheck,
    OverridesModel,
    OverridesPreview,
    StepPreview,
)
from oraclepack_mcp.overrides.settings import OverrideSettings
from oraclepack_mcp.overrides.text import StoredOverrides, overrides_text
from oraclepack_mcp.overrides.validation import check_overrides
from oraclepack_mcp.packs.model import Step
from oraclepack_mcp.packs.text import displayable
from oraclepack_mcp.runs.times import time_text
from oraclepack_mcp.security.roots import Location, Roots
from oraclepack_mcp.security.writing import remove_file, write_file
from oraclepack_mcp.urls.book import UrlBook

STORED_URL: Final = "stored-url"
"""What stands in the place of a stored URL that is told to somebody."""


def _now() -> datetime:
    return datetime.now(UTC)


class OverrideBook:
    """Overrides by pack, each in a file of the workdir. Thread-safe; calls may block.

    Every call may raise what a path can be refused for, and STATE_INVALID_JSON, STATE_WRONG_TYPE or STATE_STALE for
    a stored file that is unreadable or was written for another pack of the same base name.
    """

    def __init__(
        self,
        roots: Roots,
        workdir: Location,
        urls: UrlBook,
        settings: OverrideSettings,
        *,
        pack_bytes: int,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._files = OverrideFiles(roots, workdir, pack_bytes)
        self._urls = urls
        self._settings = settings
        self._now = now
        self._writing = threading.Lock()

    def get(self, pack: str) -> OverridesModel:
        """The stored overrides of a pack."""
        subject = self._files.subject(pack)
        return _model(subject, self._files.kept(subject))

    def preview(self, pack: str, overrides: Overrides | None = None) -> OverridesPreview:
        """What overrides, or the stored ones, would change in each step; the URL of a run may come on top.

        A stored URL shows as `stored-url` here and in what a dry run tells: not all who may ask may see URLs.

        Raises:
            DomainError: OVERRIDE_INVALID; NOT_FOUND, none are given and none are stored.
        """
        subject = self._files.subject(pack)
        chosen = self._chosen(subject, overrides)
        ready = self._judged(subject, chosen)
        return OverridesPreview(
            pack=subject.location.id,
            pack_sha256=subject.sha256,
            stored=overrides is None,
            overrides=chosen,
            steps=[_preview(step, _without_stored_url(ready)) for step in subject.steps()],
        )

    def set(self, pack: str, overrides: Overrides, expected_sha256: str | None = None) -> OverridesModel:
        """Store overrides; `expected_sha256` is that of the file they replace, None: there must be none.

        Raises:
            DomainError: OVERRIDE_INVALID, CONFLICT, and what writing raises.
        """
        with self._writing:
            subject = self._files.subject(pack)
            self._judged(subject, overrides)
            self._files.kept(subject)
            stored = StoredOverrides(overrides, subject.pack_hash, time_text(self._now()), subject.location.id)
            written = write_file(subject.place, overrides_text(stored), expected=expected_sha256)
            return _model(subject, Kept(stored, written.sha256))

    def clear(self, pack: str, expected_sha256: str | None = None) -> OverridesModel:
        """Remove the stored overrides; `expected_sha256` as for `set`.

        Raises:
            DomainError: CONFLICT, and what writing raises.
        """
        with self._writing:
            subject = self._files.subject(pack)
            kept = self._files.kept(subject)
            found = kept.sha256 if kept else None
            if found != expected_sha256:
                raise DomainError("CONFLICT", "the stored overrides are not those that were seen", {"sha256": found})
            if kept:
                remove_file(subject.place)
            return _model(subject, None)

    def validate(self, pack: str, overrides: Overrides | None = None) -> OverridesCheck:
        """Judge overrides, or the stored ones, without running anything.

        Raises:
            DomainError: NOT_FOUND, none are given and none are stored.
        """
        subject = self._files.subject(pack)
        _, errors = self._judge(subject, self._chosen(subject, overrides))
        return OverridesCheck(not errors, "static", 0, errors)

    def dry_run(self, pack: str, overrides: Overrides | None, runner: RunArgv) -> OverridesCheck:
        """Judge overrides by calling `oracle --dry-run summary` as each targeted step would call it.

        Nothing is called while the overrides themselves are wrong.

        Raises:
            DomainError: as `validate`, and what `runner` raises.
        """
        subject = self._files.subject(pack)
        ready, errors = self._judge(subject, self._chosen(subject, overrides))
        if errors:
            return OverridesCheck(False, "dry_run", 0, errors)
        checked = 0
        for step in subject.steps():
            if is_targeted(step.id, ready):
                tried, wrong = try_calls(
                    step.id, displayable(step.code or ""), step_flags(step.id, ready, None), runner
                )
                checked += tried
                errors += wrong
        return OverridesCheck(not errors, "dry_run", checked, [_told(error, ready) for error in errors])

    def ready(self, pack: str, overrides: Overrides | None = None) -> Overrides | None:
        """Overrides fit for a run: judged, and with the URL in the place of its name; None where none are stored.

        Raises:
            DomainError: OVERRIDE_INVALID; STATE_STALE, the pack has changed since they were stored.
        """
        subject = self._files.subject(pack)
        if overrides is None:
            kept = self._files.kept(subject)
            if kept is None:
                return None
            if kept.stored.pack_hash != subject.pack_hash:
                raise DomainError(
                    "STATE_STALE", "the pack has changed since its overrides were stored; set or clear them"
                )
            overrides = kept.stored.overrides
        return self._judged(subject, overrides)

    def _chosen(self, subject: Subject, overrides: Overrides | None) -> Overrides:
        if overrides is not None:
            return overrides
        kept = self._files.kept(subject)
        if kept is None:
            raise DomainError("NOT_FOUND", f"no overrides are stored for {subject.location.id}")
        return kept.stored.overrides

    def _judged(self, subject: Subject, overrides: Overrides) -> Overrides:
        ready, errors = self._judge(subject, overrides)
        if errors:
            _refuse(errors)
        return ready

    def _judge(self, subject: Subject, overrides: Overrides) -> tuple[Overrides, list[OverrideError]]:
        """The overrides with their URL looked up, and everything that is wrong with them."""
        step_ids = {step.id for step in subject.steps()}
        errors = check_overrides(overrides, step_ids, allow_reaching=self._settings.allow_reaching_flags)
        try:
            return replace(overrides, chatgpt_url=self._url(subject, overrides)), errors
        except DomainError as error:
            named = overrides.url_name or "chatgpt_url"
            return overrides, [*errors, OverrideError(None, named, error.sentence, "URL_INVALID")]

    def _url(self, subject: Subject, overrides: Overrides) -> str | None:
        if overrides.chatgpt_url and overrides.url_name:
            raise DomainError("URL_INVALID", "overrides have a URL or the name of one, not both")
        if overrides.url_name:
            return self._urls.resolve(overrides.url_name, subject.location.id).url
        if overrides.chatgpt_url:
            self._urls.check(overrides.chatgpt_url)
        return overrides.chatgpt_url


def _model(subject: Subject, kept: Kept | None) -> OverridesModel:
    return OverridesModel(
        pack=subject.location.id,
        path=subject.place.id,
        sha256=kept.sha256 if kept else None,
        overrides=kept.stored.overrides if kept else None,
        pack_hash=kept.stored.pack_hash if kept else "",
        updated_at=kept.stored.updated_at if kept else None,
        stale=kept is not None and kept.stored.pack_hash != subject.pack_hash,
    )


def _preview(step: Step, overrides: Overrides) -> StepPreview:
    flags = step_flags(step.id, overrides, None)
    before = displayable(step.code or "")
    pairs = enumerate(zip(before.split("\n"), inject_flags(before, flags).split("\n"), strict=True))
    changes = [LineChange(index + 1, step.first_line + index, old, new) for index, (old, new) in pairs if old != new]
    return StepPreview(step.id, is_targeted(step.id, overrides), flags, changes)


def _without_stored_url(ready: Overrides) -> Overrides:
    return replace(ready, chatgpt_url=STORED_URL) if ready.url_name else ready


def _told(error: OverrideError, ready: Overrides) -> OverrideError:
    if not ready.url_name or not ready.chatgpt_url:
        return error
    command, message = (text.replace(ready.chatgpt_url, STORED_URL) for text in (error.command, error.message))
    return replace(error, command=command, message=message)


def _refuse(errors: list[OverrideError]) -> NoReturn:
    first = errors[0]
    details = {
        "errors": [
            {"step_id": error.step_id, "command": error.command, "message": error.message, "code": error.code}
            for error in errors
        ]
    }
    raise DomainError("OVERRIDE_INVALID", f"{first.command}: {first.message}", details)
