"""Which versions a requirement admits, by the rules of its ecosystem.

PyPI: PEP 440, beside it the `^1.2`, `~1.2` and `1.2.*` of Poetry, which mean nothing in PEP 440. npm: ranges as the
`semver` package of npm reads them, https://docs.npmjs.com/cli/v11/using-npm/package-json#dependencies. A requirement
that is no range (an address, a tag) admits nothing: nothing is claimed of it.
"""

import re
from collections.abc import Sequence
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from . import npm_ranges
from .packages import NPM

_CLAUSE: Final = re.compile(r"\s*(===|~=|==|!=|<=|>=|<|>|\^|~|=)?\s*([^\s,|=<>!~^]+)\s*,?")
_NUMBERS: Final = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,5})(.*)", re.ASCII)
_EVERYTHING: Final = frozenset({"", "*"})
_LONGEST: Final = 400


def admits(requirement: str, version: str, ecosystem: str) -> bool:
    """Whether a requirement lets an installer take a version."""
    if ecosystem == NPM:
        return npm_ranges.admits(requirement, version)
    try:
        one = Version(version)
    except InvalidVersion:
        return False
    return any(specifiers.contains(one, prereleases=True) for specifiers in _specifiers(requirement))


def lowest(requirement: str, ecosystem: str) -> str:
    """Return the lowest version that a requirement names and admits; empty if it is no range or admits nothing."""
    if ecosystem == NPM:
        return npm_ranges.lowest(requirement)
    bounds = [bound for specifiers in _specifiers(requirement) for bound in _lower_bounds(specifiers)]
    return str(min(bounds)) if bounds else ""


def pinned(requirement: str, ecosystem: str) -> str:
    """Return the one version that a requirement admits; empty if it admits several."""
    version = re.fullmatch(r"={0,3}\s*v?(\d[\w.+!-]{0,63})", requirement.strip(), re.ASCII)
    if version is None or (ecosystem == NPM and re.fullmatch(r"\d+(\.\d+)?|.*\.x.*", version[1])):
        return ""
    return version[1] if admits(requirement, version[1], ecosystem) else ""


def unbounded(requirement: str, ecosystem: str) -> bool:
    """Whether every version will do: no bound at all, or one such as `>=0`; a tag such as `latest` is none."""
    if ecosystem == NPM and npm_ranges.is_tag(requirement):
        return True
    return admits(requirement, beyond(ecosystem), ecosystem) and not lowest(requirement, ecosystem).strip("0.")


def beyond(ecosystem: str) -> str:
    """Return a version above every other; dates are versions, too."""
    return "999999999.0.0" if ecosystem == NPM else "999999999"


def as_pep_440(requirement: str) -> str:
    """Return the clauses of PEP 440 that say what a requirement of PyPI says; none where that takes alternatives."""
    specifiers = _specifiers(requirement)
    return str(specifiers[0]) if len(specifiers) == 1 else ""


def _specifiers(requirement: str) -> Sequence[SpecifierSet]:
    """Return the alternatives of a requirement; none if it cannot be read."""
    if len(requirement) > _LONGEST:
        return ()
    try:
        return [SpecifierSet(_as_pep_440(part)) for part in re.split(r"\|\|?", requirement)]
    except InvalidSpecifier:
        return ()


def _as_pep_440(alternative: str) -> str:
    """Return clauses of PEP 440 or Poetry as those of PEP 440; raises InvalidSpecifier."""
    text = alternative.strip()
    if text in _EVERYTHING:
        return ""
    clauses: list[str] = []
    at = 0
    while at < len(text):
        match = _CLAUSE.match(text, at)
        if match is None:
            raise InvalidSpecifier(text)
        clauses += _clauses(match[1] or "", match[2])
        at = match.end()
    return ",".join(clauses)


def _clauses(operator: str, version: str) -> list[str]:
    if version == "*":
        return []
    if operator in {"", "="}:
        return [f"=={version}"]
    if operator not in {"^", "~"}:
        return [operator + version]
    numbers = _NUMBERS.fullmatch(version)
    if numbers is None:
        raise InvalidSpecifier(version)
    parts = [int(part) for part in numbers[1].split(".")]
    return [f">={version}", f"<{'.'.join(map(str, _above(operator, parts)))}"]


def _above(operator: str, parts: list[int]) -> list[int]:
    """Return the first release beyond a caret or a tilde."""
    if operator == "~":
        kept = parts[:2]
    else:
        first = next((at for at, part in enumerate(parts) if part), len(parts) - 1)
        kept = parts[: first + 1]
    return [*kept[:-1], kept[-1] + 1]


def _lower_bounds(specifiers: SpecifierSet) -> Sequence[Version]:
    """Return the lowest version that the clauses name, or the one above it, if they admit it."""
    named = [Version("0")]
    for clause in specifiers:
        if clause.operator in {">=", "~=", "==", ">"}:
            text = clause.version.removesuffix(".*")
            named.append(Version(text))
            if clause.operator == ">":
                named.append(_next(Version(text)))
        elif clause.operator == "!=" and not clause.version.endswith(".*"):
            named.append(_next(Version(clause.version)))
    return sorted(version for version in named if specifiers.contains(version, prereleases=True))[:1]


def _next(version: Version) -> Version:
    return Version(".".join(map(str, (*version.release[:-1], version.release[-1] + 1))))
