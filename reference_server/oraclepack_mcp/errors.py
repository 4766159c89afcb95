"""What the domain refuses, as a code that a program can match and a sentence that a person can act on."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

ErrorCode: TypeAlias = Literal[
    "CANCELLED",
    "CONFLICT",
    "CURSOR_INVALID",
    "EXEC_DISABLED",
    "INVALID_ARGUMENT",
    "LIMIT",
    "NOT_A_FILE",
    "NOT_CONFIRMED",
    "NOT_FOUND",
    "OVERRIDE_INVALID",
    "PACK_INVALID",
    "PACK_NOT_ALLOWED",
    "PATH_INVALID",
    "PATH_OUTSIDE_ROOTS",
    "PATH_READ_ONLY",
    "PATH_SYMLINK",
    "PLACEHOLDER_UNRESOLVED",
    "PLAN_STALE",
    "RUN_BUSY",
    "RUN_FAILED",
    "RUN_NOT_FOUND",
    "SCOPE_REQUIRED",
    "STATE_INVALID_JSON",
    "STATE_STALE",
    "STATE_WRONG_TYPE",
    "SYNTAX_INVALID",
    "TIMEOUT",
    "TOOL_MISSING",
    "TOO_LARGE",
    "UNAVAILABLE",
    "URL_INVALID",
]
RETRYABLE: Final[frozenset[ErrorCode]] = frozenset({"LIMIT", "PLAN_STALE", "RUN_BUSY", "TIMEOUT", "UNAVAILABLE"})
"""Codes after which the same call may succeed later, or with a new plan."""


class DomainError(Exception):
    """A refusal of the domain; its text is `CODE: sentence` and never holds a path outside the roots.

    `details` are data for a program: JSON values only.
    """

    def __init__(self, code: ErrorCode, sentence: str, details: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code: ErrorCode = code
        self.sentence = sentence
        self.details = details
