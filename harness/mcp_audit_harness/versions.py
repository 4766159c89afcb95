"""Whether a version is in a range, by the rules of its ecosystem: PEP 440 for PyPI, Semantic Versioning elsewhere.

A version or a range that cannot be read is in no range and holds no version: nothing is claimed of it.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

EVERY: Final = "*"

_SEMVER: Final = re.compile(
    r"v?(?P<core>\d{1,18}(\.\d{1,18}){0,3})(-(?P<pre>[0-9A-Za-z.-]{1,64}))?(\+[0-9A-Za-z.-]+)?", re.ASCII
)
_BOUND: Final = re.compile(r"(<=|>=|==|<|>)(\S+)")
_COMPARISONS: Final[Mapping[str, Callable[["Precedence", "Precedence"], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}

_Part: TypeAlias = tuple[int, int, str]
Precedence: TypeAlias = tuple[tuple[int, ...], tuple[_Part, ...]]


def in_any(ecosystem: str, version: str, ranges: Iterable[str]) -> bool:
    """Whether `version` of a package in `ecosystem` is in one of the `ranges` (`>=1.3.0 <1.25.2`, `*`)."""
    compare = _in_pep_440 if ecosystem == "PyPI" else _in_semver
    return bool(version) and any(text == EVERY or compare(version, text) for text in ranges)


def _in_pep_440(version: str, text: str) -> bool:
    try:
        return SpecifierSet(",".join(text.split())).contains(Version(version), prereleases=True)
    except (InvalidVersion, InvalidSpecifier):
        return False


def _in_semver(version: str, text: str) -> bool:
    found = precedence(version)
    bounds = [_BOUND.fullmatch(word) for word in text.split()]
    if found is None or not bounds:
        return False
    for bound in bounds:
        limit = precedence(bound[2]) if bound else None
        if bound is None or limit is None or not _COMPARISONS[bound[1]](found, limit):
            return False
    return True


def precedence(version: str) -> Precedence | None:
    """Return what orders versions (semver.org, 11): numbers, then pre-releases before the release itself; else None."""
    match = _SEMVER.fullmatch(version.strip())
    if match is None:
        return None
    numbers = [int(part) for part in match["core"].split(".")]
    core = tuple(numbers + [0] * (4 - len(numbers)))
    if match["pre"] is None:
        return core, ((2, 0, ""),)
    return core, tuple(_part(part) for part in match["pre"].split("."))


def _part(text: str) -> _Part:
    """Numbers come before words."""
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)
