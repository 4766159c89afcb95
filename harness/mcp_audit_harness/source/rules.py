"""How a rule over sources is declared: a function from what it reads to the places where its defect is."""

import enum
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..declare import DeclarationError
from ..model import Aspect, Engine, Language, Severity, SourceRule


class Reads(enum.StrEnum):
    """What a rule looks at, one at a time."""

    PYTHON = "python"
    """A `python.module.PythonModule`."""
    SCRIPT = "script"
    """A `script.module.ScriptModule`: TypeScript or JavaScript."""
    TREE = "tree"
    """The whole `tree.SourceTree`."""
    DEPENDENCIES = "dependencies"
    """What manifests and lock files name, and the advisory database: a `dependencies.Dependencies`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stop on the way of a value, in the file that the rule reads."""

    line: int
    column: int
    note: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where the defect of a rule is."""

    line: int
    """From 1."""
    message: str
    """What is there, in one sentence that names it."""
    column: int = 1
    end_line: int = 0
    subject: str = ""
    """`tool:NAME` where the code belongs to a tool."""
    trail: tuple[Mark, ...] = ()
    path: str = ""
    """Only of rules that read a whole tree: the file."""
    severity: Severity | None = None
    """Only where it is another than that of the rule."""


Inspect: TypeAlias = Callable[[Any], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for one kind of sources; several of them can look for the same defect."""

    about: SourceRule
    reads: Reads
    inspect: Inspect


_LANGUAGES = {
    Reads.PYTHON: (Language.PYTHON,),
    Reads.SCRIPT: (Language.TYPESCRIPT, Language.JAVASCRIPT),
    Reads.TREE: (),
    Reads.DEPENDENCIES: (),
}


def rule(
    *,
    id: str,  # noqa: A002 - the field's word
    title: str,
    severity: Severity,
    aspect: Aspect,
    remediation: str,
    weakness: str = "",
    reads: Reads = Reads.PYTHON,
    engine: Engine = Engine.RULES,
    references: tuple[str, ...] = (),
    shown_by: tuple[str, ...] = (),
) -> Callable[[Inspect], Rule]:
    """Declare a function that yields hits as a rule; its docstring says why the defect matters.

    Raises:
        DeclarationError: without a docstring, or with an id outside the area `source`.
    """

    def declare(function: Inspect) -> Rule:
        why = inspect.getdoc(function)
        if not why or not id.startswith("source/"):
            raise DeclarationError(f"rule {id} needs a docstring, and an id source/…")
        about = SourceRule(
            id,
            title,
            severity,
            aspect,
            weakness,
            why,
            remediation,
            engine=engine,
            languages=_LANGUAGES[reads],
            references=references,
            shown_by=shown_by,
        )
        return Rule(about, reads, function)

    return declare


def also(known: Rule, reads: Reads) -> Callable[[Inspect], Rule]:
    """Declare a function that looks for the defect of a `known` rule in sources of another kind."""

    def declare(function: Inspect) -> Rule:
        return Rule(known.about, reads, function)

    return declare
