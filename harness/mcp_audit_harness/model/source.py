"""What a source tree is made of, and what is wrong in it: rules, findings with their lines, figures of its quality."""

import enum
from dataclasses import dataclass

from .verdict import Severity


class Language(enum.StrEnum):
    """A language whose sources are read."""

    PYTHON = "python"
    TYPESCRIPT = "typescript"
    JAVASCRIPT = "javascript"


class Aspect(enum.StrEnum):
    """What about a source tree a rule is concerned with."""

    SECURITY = "security"
    TYPES = "type safety"
    ERRORS = "error handling"
    RESILIENCE = "resilience"
    DEPENDENCIES = "dependency hygiene"
    OPERATIONS = "operational readiness"


class Engine(enum.StrEnum):
    """What looks for the defects of a rule."""

    RULES = "rules"
    """The rules of the installed check packs."""
    BANDIT = "bandit"
    MYPY = "mypy"
    ADVISORIES = "advisories"
    """The advisory database of the installed check packs."""
    PIP_AUDIT = "pip-audit"
    NPM_AUDIT = "npm audit"


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file."""

    path: str
    """Below the root of the tree, with forward slashes."""
    line: int
    """From 1."""
    column: int = 1
    """From 1, in characters."""
    end_line: int = 0
    """The last line; 0: the same."""
    text: str = ""
    """The first of the lines, without its indentation; cut where it is long, and secrets in it are struck out."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on the way of a value through a program."""

    place: Place
    note: str
    """What happens to the value there."""


@dataclass(frozen=True, slots=True)
class SourceRule:
    """A kind of defect that can be seen in source."""

    id: str
    """`source/…` for rules of ours, `bandit/B602`, `mypy/arg-type`: stable, names the fault, never reused."""
    title: str
    severity: Severity
    aspect: Aspect
    weakness: str
    """`CWE-22`, or empty where none describes it."""
    why: str
    remediation: str
    engine: Engine = Engine.RULES
    languages: tuple[Language, ...] = ()
    references: tuple[str, ...] = ()
    shown_by: tuple[str, ...] = ()
    """Globs of the ids of checks that show the same weakness in a server that runs."""


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """A defect at a place."""

    rule: str
    place: Place
    severity: Severity
    message: str
    """What is there, in one sentence."""
    subject: str = ""
    """`tool:read_file`, `package:mcp`, `route:/mcp` …: what of the server it belongs to, where that is known."""
    trail: tuple[Step, ...] = ()
    """How a value of the client's comes there, from where it enters to the place itself."""
    fingerprint: str = ""
    """Stable while the line stays the same, wherever it moves to in its file."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """An MCP SDK that a tree is built on."""

    name: str
    """As its registry calls it: mcp, fastmcp, @modelcontextprotocol/sdk …"""
    ecosystem: str
    """PyPI or npm."""
    requirement: str = ""
    """The range that is asked for, as it is written."""
    resolved: str = ""
    """The version in a lock file."""


@dataclass(frozen=True, slots=True)
class Project:
    """What a source tree is."""

    name: str = ""
    version: str = ""
    languages: tuple[Language, ...] = ()
    """Those in which there are sources, the one with most lines first."""
    sdks: tuple[Sdk, ...] = ()
    transports: tuple[str, ...] = ()
    """`stdio`, `streamable-http`, `sse`, as far as the sources start them."""
    entry_points: tuple[str, ...] = ()
    """`name = module:function`, or the scripts of a package.json."""
    files: int = 0
    lines: int = 0
    tests: int = 0
    """Files of tests: they are counted, and no rule looks at them."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of how a tree is kept; None where nothing of the kind could be measured."""

    functions: int = 0
    typed_functions: int = 0
    """Those of whose parameters and result every one has a type."""
    type_completeness: float | None = None
    """Percent of parameters and results that have a type."""
    any_count: int = 0
    """How often the type Any (in TypeScript: any) is written."""
    mypy_errors: int | None = None
    test_kinds: tuple[str, ...] = ()
    """`unit`, `integration`, `property`, `e2e`, `snapshot`, `load` …, as far as folders and imports show."""
    coverage_percent: float | None = None
    """From a coverage file in the tree."""


@dataclass(frozen=True, slots=True)
class Unrun:
    """Something that was to look at the tree, and did not."""

    what: str
    """An engine, a rule's id or a file."""
    why: str


@dataclass(frozen=True, slots=True)
class SourceScan:
    """Everything that was found in one source tree."""

    root: str
    """The path as it was given."""
    project: Project
    quality: Quality
    rules: tuple[SourceRule, ...]
    """Those that looked at something in the tree."""
    findings: tuple[SourceFinding, ...]
    """The gravest first."""
    unrun: tuple[Unrun, ...] = ()
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AspectScore:
    """What the rules about one aspect come to."""

    aspect: Aspect
    held: int
    """Rules that nothing in the tree breaks; what is only worth knowing (severity info) breaks none."""
    rules: int
    """Rules that looked at something in the tree."""
    findings: int
    worst: Severity | None = None


@dataclass(frozen=True, slots=True)
class SourceScore:
    """The share that a source tree has in the score."""

    percent: float
    """Of the rules that looked at the tree, those that hold, rules about security counted twice; 0 without any."""
    aspects: tuple[AspectScore, ...]
