"""What the domain refuses, as a code that a program can match and a sentence that a person can act on."""

from typing import Literal, TypeAlias

ErrorCode: TypeAlias = Literal[
    "CURSOR_INVALID",
    "INVALID_ARGUMENT",
    "LIMIT",
    "NOT_A_FILE",
    "NOT_FOUND",
    "PACK_INVALID",
    "PATH_INVALID",
    "PATH_OUTSIDE_ROOTS",
    "PATH_SYMLINK",
    "TOO_LARGE",
]


class DomainError(Exception):
    """A refusal of the domain; its text is `CODE: sentence` and never holds a path outside the roots."""

    def __init__(self, code: ErrorCode, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
