"""Runs mypy over the Python that users run, with settings of ours, as if nothing else were installed.

What is imported from other packages is Any, so that the result depends on the tree and on mypy's version only. The
number of errors is a figure of quality. Findings are made of those few that are defects whatever the author thinks of
types: a call that cannot succeed, a name or a method that does not exist.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ..model import Aspect, Engine, Language, Severity, SourceFinding, SourceRule, Unrun
from .applying import found_at
from .checkable import checkable
from .doubts import Spot, doubtless
from .isolated import COPY, ProgramError, copied, lacking, path_of, run
from .looked import Looked
from .metadata import metadata_of
from .rules import Hit
from .tree import SourceFile, SourceTree

_PATIENCE_S: Final = 180.0
_OLDEST: Final = 10
"""The minor version of the oldest Python 3 that mypy knows."""
_CLEAN, _ERRORS = 0, 1
"""How mypy ends when it could check everything."""
_OF_ABSENT: Final = re.compile(
    r'^Variable "[\w.]+" is not valid as a type|^\w+\? has no attribute|for "__init_subclass__" of "object"$'
)
"""What mypy says of aliases for, and of parameters of, classes of packages that it is not shown."""
_MOST_LOOKED_AT: Final = 60
"""Errors; a tree with more of them is not one that anybody checks."""
_REVIEWED: Final = re.compile(r"#\s*(?:pyright|ty|pyre-ignore|pytype)\s*[:\[]")
"""Comments for other checkers of types, by which authors accept what is said of a line."""
_OPTIONS: Final = (
    "--config-file=",
    "--no-site-packages",
    "--ignore-missing-imports",
    "--disable-error-code=import-untyped",
    "--disable-error-code=import-not-found",
    "--explicit-package-bases",
    "--namespace-packages",
    "--check-untyped-defs",
    f"--cache-dir={os.devnull}",
    "--output=json",
)


@dataclass(frozen=True, slots=True)
class Certain:
    """A code of mypy's whose errors are defects, with the messages that are meant."""

    rule: SourceRule
    message: re.Pattern[str]


def _certain(code: str, title: str, why: str, remediation: str, message: str = "") -> tuple[str, Certain]:
    rule = SourceRule(
        f"mypy/{code}",
        title,
        Severity.LOW,
        Aspect.TYPES,
        "",
        why,
        remediation,
        Engine.MYPY,
        (Language.PYTHON,),
        (f"https://mypy.readthedocs.io/en/stable/_refs.html#code-{code}",),
    )
    return code, Certain(rule, re.compile(message))


CERTAIN: Final[Mapping[str, Certain]] = MappingProxyType(
    dict(
        (
            _certain(
                "attr-defined",
                "Method or attribute that does not exist",
                "The class is defined in this tree and nothing gives it the name: the line raises AttributeError "
                "whenever it is reached.",
                "Call what the class has, or add what is missing.",
                r'^"(?P<owner>\w+)" has no attribute "(?P<name>\w+)"',
            ),
            _certain(
                "call-arg",
                "Call that its function cannot take",
                "An argument is missing, is one too many or has a name that the function does not know: the line "
                "raises TypeError whenever it is reached.",
                "Pass what the function declares.",
                r'(?:for|in call to) "(?P<callee>\w+)"(?: of "(?P<of>\w+)")?',
            ),
            _certain(
                "name-defined",
                "Name that is defined nowhere",
                "The line raises NameError when it is reached; in an annotation of a tool it breaks the schema that is "
                "derived from it.",
                "Import or define the name.",
                r'^Name "(?P<undefined>(?!WindowsError|__|reveal_)\w+)" is not defined',
            ),
            _certain(
                "used-before-def",
                "Name that is used before it is defined",
                "The line raises NameError or UnboundLocalError.",
                "Define it first.",
            ),
            _certain(
                "unused-coroutine",
                "Coroutine that is never awaited",
                "The call makes a coroutine and drops it: what the function does never happens.",
                "Await it, or start a task.",
            ),
            _certain(
                "str-format",
                "Format that does not fit its values",
                "The line raises an error whenever it is reached, often where a message of an error is made.",
                "Give as many values, and of the kinds, as the format asks for.",
            ),
        )
    )
)
"""By mypy's codes."""


def run_mypy(tree: SourceTree) -> tuple[Looked, int | None]:
    """Return the certain defects that mypy finds in a tree, and how many errors it counts; None if it did not look."""
    chosen = checkable(file for file in tree.shipped if file.language is Language.PYTHON)
    absent = lacking("mypy")
    if not chosen.files or absent is not None:
        unrun = (absent,) if absent is not None and chosen.files else ()
        return Looked(unrun=(*chosen.left, *unrun)), None
    try:
        with copied(chosen.files) as home:
            paths = os.pathsep.join(str(home / COPY / base) for base in chosen.bases)
            options = (*_OPTIONS, f"--python-version={_version(metadata_of(tree).requires_python)}", COPY)
            done = run("mypy", options, home, patience_s=_PATIENCE_S, settings={"MYPYPATH": paths})
    except (ProgramError, OSError) as error:
        return Looked(unrun=(*chosen.left, Unrun("mypy", str(error)))), None
    if done.code not in {_CLEAN, _ERRORS}:
        said = (done.errors.strip() or done.output.strip() or "no word").splitlines()[0]
        return Looked(unrun=(*chosen.left, Unrun("mypy", f"it ended with {done.code}: {said[:200]}"))), None
    findings, errors = read_output(done.output, chosen.files)
    return Looked(tuple(item.rule for item in CERTAIN.values()), findings, chosen.left), errors


def read_output(output: str, files: Iterable[SourceFile]) -> tuple[tuple[SourceFinding, ...], int]:
    """Return the certain defects among the lines of mypy's JSON, and the number of errors."""
    texts = {file.path: file.text for file in files}
    errors = [row for row in map(_row, output.splitlines()) if row is not None]
    certain = [row for row in errors if str(row.get("code")) in CERTAIN][:_MOST_LOOKED_AT]
    return tuple(finding for row in certain for finding in _findings(row, texts)), len(errors)


def _row(line: str) -> dict[str, Any] | None:
    """Return an error, as mypy writes one a line; None for anything else, and for what follows from absent packages."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or row.get("severity") != "error" or _OF_ABSENT.search(str(row.get("message"))):
        return None
    return row


def _findings(row: Mapping[str, Any], texts: Mapping[str, str]) -> Iterator[SourceFinding]:
    """Yield the finding of an error, if it is a certain defect."""
    certain = CERTAIN.get(str(row.get("code")))
    path, line, column = path_of(str(row.get("file"))), row.get("line"), row.get("column")
    message = " ".join(str(row.get("message")).split())
    if certain is None or path not in texts or not isinstance(line, int):
        return
    match = certain.message.search(message)
    at = "".join(texts[path].split("\n")[line - 1 : line])
    if match is None or _REVIEWED.search(at):
        return
    if not doubtless(match.groupdict(), tuple(texts.values()), Spot(texts[path], line)):
        return
    said = message if message.endswith(".") else f"{message}."
    yield found_at(certain.rule, Hit(line, said, column + 1 if isinstance(column, int) else 1), path, dict(texts))


def _version(requirement: str) -> str:
    """Return the oldest version of Python that the tree is for; that of this interpreter if it does not say."""
    newest = sys.version_info.minor
    try:
        admitted = SpecifierSet(requirement or f"==3.{newest}.*")
    except InvalidSpecifier:
        return f"3.{newest}"
    minor = next((minor for minor in range(_OLDEST, newest) if f"3.{minor}.99" in admitted), newest)
    return f"3.{minor}"
