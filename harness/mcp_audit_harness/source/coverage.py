"""Reads what a file of coverage in a tree says of the share of lines that its tests run."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Final
from xml.parsers import expat

from .dependencies.packages import read_text
from .tree import SourceTree

_LCOV: Final = re.compile(r"^(LF|LH):(\d{1,9})\s*$", re.MULTILINE)


class _DoneError(Exception):
    """The root element was read; nothing after it matters."""


def coverage_of(tree: SourceTree) -> float | None:
    """Return the percentage of lines that the file nearest to the root says is covered; None if there is no file."""
    for path in sorted(tree.others, key=lambda path: (path.count("/"), path)):
        reader = _READERS.get(PurePosixPath(path).name)
        percent = reader(read_text(tree, path)) if reader is not None else None
        if percent is not None and 0 <= percent <= 100:
            return round(percent, 1)
    return None


def of_xml(text: str) -> float | None:
    """Return the line rate of a Cobertura report; documents that declare entities are refused."""
    found: list[str] = []

    def start(_: str, attributes: dict[str, str]) -> None:
        found.append(attributes.get("line-rate", ""))
        raise _DoneError

    def doctype(_: str, __: str | None, ___: str | None, internal: bool) -> None:
        if internal:
            raise _DoneError

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    with suppress(_DoneError, expat.ExpatError):
        parser.Parse(text, True)
    return _share(found[0]) if found else None


def of_lcov(text: str) -> float | None:
    """Return the share of lines hit in a report of lcov."""
    lines = {"LF": 0, "LH": 0}
    for kind, count in _LCOV.findall(text):
        lines[kind] += int(count)
    return 100 * lines["LH"] / lines["LF"] if lines["LF"] else None


def of_json(text: str) -> float | None:
    """Return the share of lines of istanbul's summary, or of coverage.py's report."""
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for way in (("total", "lines", "pct"), ("totals", "percent_covered")):
        value: Any = report
        for name in way:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
            return float(value)
    return None


def _share(text: str) -> float | None:
    try:
        return 100 * float(text)
    except ValueError:
        return None


_READERS: Final[Mapping[str, Callable[[str], float | None]]] = MappingProxyType(
    {
        **dict.fromkeys(("coverage.xml", "cobertura.xml", "cobertura-coverage.xml"), of_xml),
        **dict.fromkeys(("lcov.info", "coverage.lcov"), of_lcov),
        **dict.fromkeys(("coverage-summary.json", "coverage.json"), of_json),
    }
)
