"""Judging overrides without running anything (rules OV-07, OV-08, S-14)."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from oraclepack_mcp.overrides.allowlist import KnownFlag, known_flags
from oraclepack_mcp.overrides.model import OverrideError, OverrideErrorCode, Overrides

MAX_FLAG: Final = 512
"""Characters of a flag with its value."""

_FLAG: Final = re.compile(r"(--?[A-Za-z][A-Za-z0-9-]*)(?:=(.*))?", re.DOTALL)
_VALUE: Final = re.compile(r"[A-Za-z0-9@%+:,./_][A-Za-z0-9@%+:,./_=-]*")
_REFUSED: Final[dict[str, tuple[OverrideErrorCode, str]]] = {
    "reserved": ("FLAG_RESERVED", "the server sets this flag itself"),
    "secret": ("FLAG_SECRET", "a flag that carries a credential is not accepted"),
    "reaching": ("FLAG_NOT_ALLOWED", "the operator has not allowed flags that reach other files or hosts"),
}


def check_flags(flags: tuple[str, ...], *, allow_reaching: bool) -> Iterator[OverrideError]:
    """What is wrong with added flags: each has to be known, allowed, and free of what a shell would act on."""
    waiting: str | None = None
    for flag in flags:
        if waiting is not None:
            if not _is_plain(flag):
                yield _error("FLAG_NOT_PLAIN", waiting, "a value consists of letters, digits and @%+:,./_=- only")
            waiting = None
            continue
        found = _FLAG.fullmatch(flag)
        known = known_flags().get(found[1]) if found else None
        if found is None or known is None:
            yield _error("FLAG_UNKNOWN", flag[:MAX_FLAG], "this is no flag that the server knows")
            continue
        yield from _judge(known, found[2], allow_reaching=allow_reaching)
        waiting = known.name if known.takes_value and found[2] is None else None
    if waiting is not None:
        yield _error("FLAG_VALUE", waiting, "the flag needs a value")


def check_removed(flags: tuple[str, ...]) -> Iterator[OverrideError]:
    """What is wrong with removed flags; they never reach a script, so they only have to be plain."""
    for flag in flags:
        if not _is_plain(flag.lstrip("-")):
            yield _error("FLAG_NOT_PLAIN", flag[:MAX_FLAG], "a flag consists of letters, digits and @%+:,./_=- only")


def check_steps(wanted: tuple[str, ...], existing: Collection[str]) -> Iterator[OverrideError]:
    """Steps that the pack does not have; ids are compared as text."""
    for step_id in wanted:
        if step_id not in existing:
            yield OverrideError(step_id, step_id, "the pack has no step of that id", "STEP_UNKNOWN")


def check_overrides(overrides: Overrides, step_ids: Collection[str], *, allow_reaching: bool) -> list[OverrideError]:
    """Everything that is wrong with overrides but for their URL, which only the stores can judge."""
    return [
        *check_flags(overrides.added_flags, allow_reaching=allow_reaching),
        *check_removed(overrides.removed_flags),
        *check_steps(overrides.apply_to_steps, step_ids),
    ]


def _judge(known: KnownFlag, value: str | None, *, allow_reaching: bool) -> Iterator[OverrideError]:
    if known.kind in _REFUSED and not (known.kind == "reaching" and allow_reaching):
        code, message = _REFUSED[known.kind]
        yield _error(code, known.name, message)
    elif value is not None and not known.takes_value:
        yield _error("FLAG_VALUE", known.name, "the flag takes no value")
    elif value is not None and not _is_plain(value):
        yield _error("FLAG_NOT_PLAIN", known.name, "a value consists of letters, digits and @%+:,./_=- only")


def _is_plain(value: str) -> bool:
    return len(value) <= MAX_FLAG and _VALUE.fullmatch(value) is not None


def _error(code: OverrideErrorCode, command: str, message: str) -> OverrideError:
    return OverrideError(None, command, message, code)
