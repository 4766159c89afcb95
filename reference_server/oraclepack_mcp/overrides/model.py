"""The values of overrides. Field names are those of the tools' structured results."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

OverrideErrorCode: TypeAlias = Literal[
    "FLAG_UNKNOWN",
    "FLAG_RESERVED",
    "FLAG_SECRET",
    "FLAG_NOT_ALLOWED",
    "FLAG_NOT_PLAIN",
    "FLAG_VALUE",
    "STEP_UNKNOWN",
    "URL_INVALID",
    "CALL_NOT_PLAIN",
    "CALL_FAILED",
]


@dataclass(frozen=True, slots=True)
class Overrides:
    """What to change about the `oracle` calls of some steps.

    Flags are single arguments: `--model` and its value are two. `url_name` is a stored URL in the place of
    `chatgpt_url`. Steps are compared as text, `1` is not `01`; no steps at all means that nothing is changed.
    """

    added_flags: tuple[str, ...] = ()
    removed_flags: tuple[str, ...] = ()
    chatgpt_url: str | None = None
    url_name: str | None = None
    apply_to_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OverridesModel:
    """The overrides stored for a pack; `overrides`, `sha256` and `updated_at` are None where none are.

    `stale` says that the pack has changed since they were stored.
    """

    pack: str
    path: str
    sha256: str | None
    overrides: Overrides | None
    pack_hash: str
    updated_at: str | None
    stale: bool


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line of a script that changes; `line` counts from 1 within the step, `file_line` within the file."""

    line: int
    file_line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StepPreview:
    """What overrides do to one step."""

    step_id: str
    targeted: bool
    flags: list[str]
    changes: list[LineChange]


@dataclass(frozen=True, slots=True)
class OverridesPreview:
    """What overrides do to a pack, step by step; `stored` says that they are those kept for it."""

    pack: str
    pack_sha256: str
    stored: bool
    overrides: Overrides
    steps: list[StepPreview]


@dataclass(frozen=True, slots=True)
class OverrideError:
    """Something wrong with overrides: `command` is the flag, step, URL or call that it is about."""

    step_id: str | None
    command: str
    message: str
    code: OverrideErrorCode


@dataclass(frozen=True, slots=True)
class OverridesCheck:
    """Whether overrides may be used; `checked` is the number of calls that were tried, 0 for a static check."""

    ok: bool
    mode: Literal["static", "dry_run"]
    checked: int
    errors: list[OverrideError]
