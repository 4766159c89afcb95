"""The overrides of packs as the server asks for them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from oraclepack_mcp.overrides.model import Overrides, OverridesCheck, OverridesModel, OverridesPreview
from oraclepack_mcp.overrides.settings import OverrideSettings
from oraclepack_mcp.security.roots import Location, Roots
from oraclepack_mcp.urls.book import UrlBook

RunArgv: TypeAlias = Callable[[list[str]], tuple[int, str, str]]
"""Runs a program without a shell: its exit code, standard output and standard error."""


def _now() -> datetime:
    return datetime.now(UTC)


class OverrideBook:
    """Overrides by pack, each in a file of the workdir. Thread-safe; calls may block."""

    def __init__(
        self,
        roots: Roots,
        workdir: Location,
        urls: UrlBook,
        settings: OverrideSettings,
        *,
        pack_bytes: int,
        now: Callable[[], datetime] = _now,
    ) -> None: ...

    def get(self, pack: str) -> OverridesModel:
        """The stored overrides of a pack."""
        raise NotImplementedError

    def preview(self, pack: str, overrides: Overrides | None = None) -> OverridesPreview:
        """What overrides, or the stored ones, would change in each step."""
        raise NotImplementedError

    def set(self, pack: str, overrides: Overrides, expected_sha256: str | None = None) -> OverridesModel:
        """Store overrides; `expected_sha256` of their file, None: there must be none."""
        raise NotImplementedError

    def clear(self, pack: str, expected_sha256: str | None = None) -> OverridesModel:
        """Remove the stored overrides."""
        raise NotImplementedError

    def validate(self, pack: str, overrides: Overrides | None = None) -> OverridesCheck:
        """Judge overrides without running anything."""
        raise NotImplementedError

    def dry_run(self, pack: str, overrides: Overrides | None, runner: RunArgv) -> OverridesCheck:
        """Judge overrides by calling `oracle --dry-run summary` as each targeted step would call it."""
        raise NotImplementedError

    def ready(self, pack: str, overrides: Overrides | None = None) -> Overrides | None:
        """Overrides fit for a run: judged, and with the URL in the place of its name; None where none are stored."""
        raise NotImplementedError
