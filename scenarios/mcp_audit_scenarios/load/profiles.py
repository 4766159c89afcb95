"""Profiles of load: TOML files, read strictly, so that a slip of the pen is a sentence and never another load.

```toml
title = "Two minutes of our usual traffic"
clients = 32            # at a time; each has a connection and, with a handshake, a session of its own
warmup_s = 5
session_requests = 200  # after so many a client ends its session and begins anew; 0: never

[[stages]]
start = 10              # requests a second, growing evenly to `rate`; without it `rate` from the beginning
rate = 200
duration_s = 120

[mix]                   # parts of the whole by method; without it those of `weights.py`
"tools/call" = 70
"tools/list" = 30

[thresholds]            # what is missing has its default, what is `false` is not demanded
p99_ms = 500
silence_s = false
```
"""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, TypeAlias

from mcp_audit_harness.load.plan import Profile, ProfileError, Stage
from mcp_audit_harness.model.loading import Arrivals, Thresholds

from .weights import WEIGHTS


class _WrongError(Exception):
    """A value of another kind, or out of range; says what is wanted."""


Reader: TypeAlias = Callable[[Any], Any]
"""Returns a value as a profile holds it; raises _WrongError with what is wanted instead."""

_SUFFIX: Final = ".toml"
_MOST: Final = 100_000
_LONGEST_S: Final = 30 * 86_400
_MOST_BYTES: Final = 16 << 20


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with this package."""
    return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in _directory().iterdir() if _is_profile(path)))


def profile(name: str) -> Profile:
    """Return the profile of that name, or the one in the TOML file `name`: any name that ends in `.toml`.

    Raises:
        ProfileError: if there is none, or for an unknown key, a value out of range or empty stages; says file and key.
    """
    if not name.endswith(_SUFFIX):
        if name not in profile_names():
            raise ProfileError(f"there is no load profile {name!r}; there are {', '.join(profile_names())}")
        return _parsed(name + _SUFFIX, name, _directory().joinpath(name + _SUFFIX).read_bytes())
    try:
        return _parsed(name, Path(name).name.removesuffix(_SUFFIX), Path(name).read_bytes())
    except OSError as error:
        raise ProfileError(f"{name}: {error.strerror or error}") from error


def _directory() -> Traversable:
    return files(__package__).joinpath("profiles")


def _is_profile(path: Traversable) -> bool:
    return path.name.endswith(_SUFFIX)


def _parsed(file: str, name: str, data: bytes) -> Profile:
    try:
        table = tomllib.loads(data.decode())
    except ValueError as error:  # that of UTF-8, too
        raise ProfileError(f"{file}: no TOML: {error}") from error
    values = _read(file, "", table, _KEYS)
    for key in ("title", "stages"):
        if key not in values:
            raise ProfileError(f"{file}: {key} is missing")
    stages = values.pop("stages")
    if not stages:
        raise ProfileError(f"{file}: stages: at least one is needed")
    values["stages"] = tuple(_stage(file, number, stage) for number, stage in enumerate(stages, 1))
    values["mix"] = _read(file, "mix.", values.get("mix", {}), dict.fromkeys(WEIGHTS, _number(0)))
    if values["mix"] and not any(values["mix"].values()):
        raise ProfileError(f"{file}: mix: every part is 0")
    values["thresholds"] = Thresholds(**_read(file, "thresholds.", values.get("thresholds", {}), _THRESHOLDS))
    return Profile(name=name, **values)


def _stage(file: str, number: int, table: Any) -> Stage:
    where = f"stages[{number}]."
    values = _read(file, where, table, _STAGE)
    for key in ("rate", "duration_s"):
        if key not in values:
            raise ProfileError(f"{file}: {where}{key} is missing")
    return Stage(**values)


def _read(file: str, where: str, table: Any, readers: Mapping[str, Reader]) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise ProfileError(f"{file}: {where.rstrip('.')}: a table is wanted")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in readers:
            raise ProfileError(f"{file}: {where}{key}: unknown; known are {', '.join(readers)}")
        try:
            values[key] = readers[key](value)
        except _WrongError as error:
            raise ProfileError(f"{file}: {where}{key}: {error}") from error
    return values


def _number(least: float, most: float = _MOST, *, above: bool = False) -> Reader:
    """Read a number from `least` on, or above it, up to `most`."""

    def read(value: Any) -> float:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not fits or not (least < value or (value == least and not above)) or value > most:
            raise _WrongError(f"a number {'above' if above else 'from'} {least:g} to {most:g} is wanted, not {value!r}")
        return float(value)

    return read


def _whole(least: int, most: int = _MOST) -> Reader:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _WrongError(f"a whole number from {least} to {most} is wanted, not {value!r}")
        return value

    return read


def _demand(reader: Reader) -> Reader:
    """Read a threshold: `false` for one that is not demanded."""
    return lambda value: None if value is False else reader(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _WrongError("a text is wanted")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongError("true or false is wanted")
    return value


def _tables(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _WrongError("an array of tables is wanted: [[stages]]")
    return value


def _as_it_is(value: Any) -> Any:
    return value


def _arrivals(value: Any) -> Arrivals:
    try:
        return Arrivals(value)
    except ValueError:
        raise _WrongError(f"{' or '.join(Arrivals)} is wanted, not {value!r}") from None


_KEYS: Final[Mapping[str, Reader]] = {
    "title": _text,
    "stages": _tables,
    "clients": _whole(1),
    "warmup_s": _number(0, _LONGEST_S),
    "arrivals": _arrivals,
    "mix": _as_it_is,
    "session_requests": _whole(0),
    "streams": _whole(0),
    "abusive_clients": _whole(0),
    "payload_bytes": _whole(0, _MOST_BYTES),
    "timeout_s": _number(0, _LONGEST_S, above=True),
    "steps": _flag,
    "thresholds": _as_it_is,
}
_STAGE: Final[Mapping[str, Reader]] = {
    "rate": _number(0, above=True),
    "duration_s": _number(0, _LONGEST_S, above=True),
    "start": _number(0),
}
_COUNTED: Final = frozenset({"handles"})
_THRESHOLDS: Final[Mapping[str, Reader]] = {
    one.name: _demand(_whole(0) if one.name in _COUNTED else _number(0)) for one in fields(Thresholds)
}
