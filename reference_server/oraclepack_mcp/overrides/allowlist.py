"""The known flags of the oracle program and what clients may do with each (rule OV-08); the list itself is data."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias, get_args

FlagKind: TypeAlias = Literal["plain", "reaching", "reserved", "secret"]

_FILE: Final = "oracle_flags.toml"


@dataclass(frozen=True, slots=True)
class KnownFlag:
    """A flag by its name, with its dashes."""

    name: str
    kind: FlagKind
    takes_value: bool


@cache
def known_flags() -> dict[str, KnownFlag]:
    """All known flags by name."""
    table = tomllib.loads(files(__package__).joinpath(_FILE).read_text(encoding="utf-8"))
    return {
        name: KnownFlag(name, kind, takes_value)
        for kind in get_args(FlagKind)
        for key, takes_value in (("without_value", False), ("with_value", True))
        for name in table[kind][key]
    }
