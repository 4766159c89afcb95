"""What the server can be asked about packs: a value of functions, any of which a test or a wrapper can replace."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from oraclepack_mcp.packs.model import Prelude, Profile, Rule, Step, ToolKind
from oraclepack_mcp.packs.validation import Validation
from oraclepack_mcp.security.roots import Skipped

Report: TypeAlias = Callable[[int, int], None]
"""Hears of work that takes a while: how much is done, of how much; the first number grows with each call."""


def unheard(_done: int, _total: int) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class PackSummary:
    """One pack of a list; `valid` says whether its steps are numbered as the runner wants them."""

    id: str
    path: str
    size: int
    sha256: str
    title: str
    steps: int
    valid: bool
    profile_guess: Profile | None


@dataclass(frozen=True, slots=True)
class PackList:
    """A page of packs in the order of their paths; `next_cursor` is there while more follow."""

    packs: list[PackSummary]
    next_cursor: str | None
    skipped: list[Skipped]


@dataclass(frozen=True, slots=True)
class PackModel:
    """A whole pack with the identity of its file; code fields are None where they were not asked for."""

    id: str
    path: str
    sha256: str
    title: str
    out_dir: str
    write_output: bool
    prelude: Prelude
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class StepList:
    """Steps of a pack, without their code."""

    id: str
    sha256: str
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class StepModel:
    """One step of a pack, with its code."""

    id: str
    sha256: str
    step: Step


@dataclass(frozen=True, slots=True)
class PackText:
    """The Markdown of a pack."""

    id: str
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class FileSlice:
    """Bytes of a file, as text or as Base64; `next_offset` is there when the file goes on."""

    path: str
    size: int
    sha256: str
    offset: int
    text: str | None
    base64: str | None
    truncated: bool
    next_offset: int | None


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which packs to list; `pattern` is matched against the file name, `limit` is at most 200."""

    directory: str = ""
    recursive: bool = True
    pattern: str = "*"
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class StepQuery:
    """Which steps to list: `roi_mode` says on which side of the threshold they lie; a tool narrows further."""

    roi_threshold: float | None = None
    roi_mode: str = "over"
    tool: ToolKind | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a single answer may hold, in bytes."""

    read_bytes: int
    pack_bytes: int


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the server tells about itself; roots by name only."""

    name: str
    version: str
    roots: list[str]
    limits: Limits
    execution: str
    profiles: list[Profile]


class ListsPacks(Protocol):
    """Lists packs; each one that was looked at is reported."""

    def __call__(self, query: ListQuery, report: Report = unheard, /) -> PackList: ...  # noqa: D102


class Validates(Protocol):
    """Judges a pack, or a text that is no file yet, by profiles; strictly is as the original's programs would."""

    def __call__(  # noqa: D102
        self, pack: str, profiles: tuple[Profile, ...], /, *, strict_legacy: bool = False
    ) -> Validation: ...


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The domain as the server sees it; each function may block and raises `DomainError` for what it refuses."""

    list_packs: ListsPacks
    get_pack: Callable[[str, bool], PackModel]
    get_pack_text: Callable[[str], PackText]
    list_steps: Callable[[str, StepQuery], StepList]
    get_step: Callable[[str, str], StepModel]
    validate_pack: Validates
    validate_text: Validates
    read_file: Callable[[str, int, int, str], FileSlice]
    pack_ids: Callable[[], list[str]]
    fingerprints: Callable[[], dict[str, str]]
    rules: Callable[[Profile], list[Rule]]
    facts: Callable[[], ServerFacts]
