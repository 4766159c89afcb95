"""Arguments for an operation, right and wrong ones, as a strategy of Hypothesis.

Schemathesis makes what fits the schema and what does not; a bank of what it made is edited at single places as well,
which is many times quicker and shrinks to what somebody would write by hand. Whether a case fits is never taken from
whoever made it: the judge of `schemas.py` says so. Needs the extra `fuzz` once `argument_cases` is called.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..schemas import UnusableSchema, judge
from .brokenness import BrokenSchema, flaw_of
from .operations import RESOURCE_TEMPLATE, Operation

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["ArgumentCase", "BrokenSchema", "argument_cases", "fitting"]


@dataclass(frozen=True, slots=True)
class ArgumentCase:
    """One set of arguments: JSON without NaN and infinities, of at most `generating.values.MOST_BYTES`."""

    arguments: Any
    valid: bool
    """Whether they are an object that fits the schema."""


def argument_cases(operation: Operation) -> "SearchStrategy[ArgumentCase]":
    """Return a strategy of cases, fitting and unfitting ones mixed; of a resource template, fitting ones only.

    Makes the bank first, which takes some tenths of a second: do not call it in an event loop.

    Raises:
        BrokenSchema: if no case can be made, or none can be judged.
    """
    from .generating.cases import generated  # noqa: PLC0415 - needs an extra

    fits = fitting(operation)
    return generated(operation, fits, unfitting=operation.kind != RESOURCE_TEMPLATE).map(
        lambda arguments: ArgumentCase(arguments, fits(arguments))
    )


def fitting(operation: Operation) -> Callable[[Any], bool]:
    """Return what says whether arguments are an object that fits the operation's schema.

    Raises:
        BrokenSchema: if that cannot be said.
    """
    why = flaw_of(operation.schema)
    if why is not None:
        raise why
    try:
        fits = judge(operation.schema)
    except UnusableSchema as error:
        raise BrokenSchema(f"it cannot be compiled: {error}", proven=False) from error
    return lambda arguments: isinstance(arguments, dict) and fits(arguments)
