"""Ranges of versions as npm reads them: `^1.2.3`, `~1.2`, `1.x`, `>=1 <2 || ^3`, `1.2 - 2`.

Every form is taken apart into comparisons of which all have to hold, alternatives of which one has to: the grammar of
https://github.com/npm/node-semver#range-grammar. A pre-release is admitted only where a comparison of its own release
names one, as there.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from ...versions import Precedence, precedence

_ID: Final = r"(?:0|[1-9]\d{0,15})"
_PRE: Final = r"(?:(?:0|[1-9]\d*|\d*[A-Za-z-][A-Za-z0-9-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][A-Za-z0-9-]*)){0,16})"
_BUILD: Final = r"(?:\+[A-Za-z0-9.-]+)?"
_PART: Final = rf"({_ID}|[xX*])"
_PARTIAL: Final = rf"[v=\s]*{_PART}(?:\.{_PART}(?:\.{_PART}(?:-({_PRE}))?{_BUILD})?)?"
_VERSION: Final = re.compile(rf"\s*[v=]*\s*({_ID}\.{_ID}\.{_ID}(?:-{_PRE})?){_BUILD}\s*", re.ASCII)
_COMPARATOR: Final = re.compile(rf"(<=|>=|<|>|\^|~>?)?\s*{_PARTIAL}", re.ASCII)
_HYPHEN: Final = re.compile(rf"\s*({_PARTIAL})\s+-\s+({_PARTIAL})\s*", re.ASCII)
_TAG: Final = re.compile(r"[A-Za-z][\w.-]{0,63}", re.ASCII)
_SPACED: Final = re.compile(r"(<=|>=|<|>|=|\^|~>?)\s+")
_SERIES: Final = frozenset({"^", "~", "~>"})
_X_BEFORE_NUMBER: Final = re.compile(r"[xX*]\.\d")
_LONGEST: Final = 400
_LARGEST: Final = 2**53 - 1
"""JavaScript's largest whole number: npm refuses versions with larger ones."""

_COMPARISONS: Final[Mapping[str, Callable[[Precedence, Precedence], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


class _NoRangeError(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class _Comparison:
    operator: str
    version: str
    """Complete, without build metadata."""
    limit: Precedence

    @classmethod
    def of(cls, sign: str, version: str) -> "_Comparison":
        limit = precedence(version)
        if limit is None:
            raise _NoRangeError(version)
        return cls(sign, version, limit)


@dataclass(frozen=True, slots=True)
class _Partial:
    """A version of which parts can be missing, or be written `x`."""

    major: int | None
    minor: int | None
    patch: int | None
    pre: str

    @classmethod
    def of(cls, major: str | None, minor: str | None, patch: str | None, pre: str | None) -> "_Partial":
        numbers = [None if part is None or part in "xX*" else int(part) for part in (major, minor, patch)]
        if any(number is not None and number > _LARGEST for number in numbers):
            raise _NoRangeError("a number is too large")
        one, two, three = numbers
        two = two if one is not None else None
        three = three if two is not None else None
        return cls(one, two, three, (pre or "") if three is not None else "")

    @property
    def floor(self) -> str:
        """The lowest version that it can stand for."""
        return f"{self.major or 0}.{self.minor or 0}.{self.patch or 0}" + (f"-{self.pre}" if self.pre else "")

    @property
    def above(self) -> str:
        """The lowest version beyond those that it can stand for; only where a part is missing."""
        if self.minor is None:
            return f"{(self.major or 0) + 1}.0.0"
        return f"{self.major}.{self.minor + 1}.0"


_Range: TypeAlias = tuple[tuple[_Comparison, ...], ...]


def admits(requirement: str, version: str) -> bool:
    """Whether a range of npm holds a version."""
    match = _VERSION.fullmatch(version) if len(version) <= _LONGEST else None
    if match is None or any(int(part) > _LARGEST for part in re.split(r"[.-]", match[1], maxsplit=3)[:3]):
        return False
    return any(_holds(comparisons, match[1]) for comparisons in _range(requirement))


def lowest(requirement: str) -> str:
    """Return the lowest version in a range of npm; empty if it is none, or holds nothing."""
    candidates = [
        version
        for comparisons in _range(requirement)
        for version in _floors(comparisons)
        if _holds(comparisons, version)
    ]
    return min(candidates, key=lambda version: precedence(version) or ((), ()), default="")


def is_tag(requirement: str) -> bool:
    """Whether it names a tag of the registry, `latest` or another, and no range."""
    text = requirement.strip()
    return bool(_TAG.fullmatch(text)) and not _parsed(text)


def _holds(comparisons: tuple[_Comparison, ...], version: str) -> bool:
    key = precedence(version)
    if key is None or not all(_COMPARISONS[one.operator](key, one.limit) for one in comparisons):
        return False
    if "-" not in version:
        return True
    release = version.partition("-")[0]
    return any(one.version.partition("-")[:2] == (release, "-") for one in comparisons)


def _floors(comparisons: tuple[_Comparison, ...]) -> Iterator[str]:
    """Yield the versions of which the lowest that all comparisons admit is one."""
    yield "0.0.0"
    yield "0.0.0-0"
    for one in comparisons:
        if one.operator in {"=", ">="}:
            yield one.version
        elif one.operator == ">":
            release, dash, pre = one.version.partition("-")
            major, minor, patch = release.split(".")
            yield f"{release}-{pre}.0" if dash else f"{major}.{minor}.{int(patch) + 1}"


def _range(requirement: str) -> _Range:
    """Return the alternatives of a range; none if it is no range."""
    return _parsed(requirement) or ()


def _parsed(requirement: str) -> _Range | None:
    if len(requirement) > _LONGEST:
        return None
    try:
        parsed = tuple(tuple(_alternative(part.strip())) for part in requirement.split("||"))
    except _NoRangeError:
        return None
    return ((),) if () in parsed else parsed


def _alternative(text: str) -> Iterator[_Comparison]:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        yield from _between(_Partial.of(*hyphen.groups()[1:5]), _Partial.of(*hyphen.groups()[6:10]))
        return
    for word in _SPACED.sub(r"\1", text).split():
        match = _COMPARATOR.fullmatch(word)
        if match is None:
            raise _NoRangeError(word)
        sign = match[1] or ""
        if sign not in _SERIES and _X_BEFORE_NUMBER.search(word):
            raise _NoRangeError(word)
        yield from _comparisons(sign, _Partial.of(match[2], match[3], match[4], match[5]))


def _between(low: _Partial, high: _Partial) -> Iterator[_Comparison]:
    if low.major is not None:
        yield _Comparison.of(">=", low.floor)
    if high.major is None:
        return
    if high.patch is None:
        yield _Comparison.of("<", f"{high.above}-0")
    else:
        yield _Comparison.of("<=", high.floor)


def _comparisons(sign: str, partial: _Partial) -> Iterator[_Comparison]:
    if partial.major is None:
        if sign in {"<", ">"}:
            yield _Comparison.of("<", "0.0.0-0")
        return
    if sign in _SERIES:
        yield _Comparison.of(">=", partial.floor)
        yield _Comparison.of("<", f"{_beyond(sign, partial)}-0")
    elif partial.patch is not None:
        if (sign, partial.floor) != (">=", "0.0.0"):
            yield _Comparison.of(sign or "=", partial.floor)
    elif sign == "":
        yield _Comparison.of(">=", partial.floor)
        yield _Comparison.of("<", f"{partial.above}-0")
    elif sign in {">", "<="}:
        yield _Comparison.of(">=", partial.above) if sign == ">" else _Comparison.of("<", f"{partial.above}-0")
    else:
        yield _Comparison.of(sign, partial.floor + ("-0" if sign == "<" else ""))


def _beyond(sign: str, partial: _Partial) -> str:
    """Return the first release that a caret or a tilde leaves out."""
    major, minor, patch = partial.major or 0, partial.minor, partial.patch
    if minor is None or (sign == "^" and major):
        return f"{major + 1}.0.0"
    if sign != "^" or minor or patch is None:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"
