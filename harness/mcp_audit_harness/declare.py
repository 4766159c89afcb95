"""How knowledge is declared: a scenario is a conversation that returns facts, a check a pure judgement of them.

Both decorators return values; nothing is registered behind the reader's back. A `Catalogue` is collected from modules.
"""

import inspect
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from types import MappingProxyType, ModuleType
from typing import Any, TypeAlias

from .model import (
    ALWAYS,
    ANY,
    Category,
    DutyCount,
    Exchange,
    Impact,
    Level,
    Requirement,
    Revision,
    Severity,
    SeverityByExposure,
    SpecRange,
    Transport,
    Verdict,
    not_applicable,
    not_observed,
)
from .probe import Probe

Verdicts: TypeAlias = Verdict | Sequence[Verdict]
"""What a check returns: one verdict, or one for each subject."""

Need: TypeAlias = Callable[[Probe], Verdict | None]
"""Says why a scenario has nothing to look at (a verdict for all its checks), or None."""


class Unobservable(Exception):  # noqa: N818 - raised by a scenario to say so, not an error
    """A prerequisite of a scenario could not be met; its checks become NOT_OBSERVED."""

    def __init__(self, why: str, *evidence: Exchange) -> None:
        super().__init__(why)
        self.evidence = evidence


class DeclarationError(ValueError):
    """A scenario, check or requirement is declared wrongly: a mistake of its author, found at import."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A conversation with the target."""

    name: str
    """`<module>.<function>`: unique, and what transcripts name."""
    run: Callable[[Probe], Awaitable[Any]]
    facts: type
    spec: SpecRange
    transports: frozenset[Transport]
    impact: Impact
    needs: tuple[Need, ...]
    timeout_s: float
    observes: bool
    """Whether it only looks at the transcript, after all others have run."""
    alone: bool
    """Whether no other scenario may run at the same time."""


@dataclass(frozen=True, slots=True)
class Check:
    """A pure judgement of a scenario's facts."""

    id: str
    judge: Callable[[Any], Verdicts]
    scenario: Scenario
    title: str
    requirements: tuple[str, ...]
    severity: Severity | SeverityByExposure
    category: Category
    remediation: str
    references: tuple[str, ...]
    explanation: str

    @property
    def area(self) -> str:
        """The first part of the id."""
        return self.id.partition("/")[0]


def scenario(
    *,
    spec: SpecRange = ALWAYS,
    transports: frozenset[Transport] = ANY,
    impact: Impact = Impact.PASSIVE,
    needs: tuple[Need, ...] = (),
    timeout_s: float = 15.0,
    observes: bool = False,
    alone: bool = False,
) -> Callable[[Callable[[Probe], Awaitable[Any]]], Scenario]:
    """Declare an async function from a `Probe` to a frozen dataclass of facts as a scenario.

    Raises:
        DeclarationError: if the function's return annotation is not a frozen dataclass.
    """

    def declare(function: Callable[[Probe], Awaitable[Any]]) -> Scenario:
        name = f"{function.__module__.rpartition('.')[2]}.{getattr(function, '__name__', '')}"
        facts = typing.get_type_hints(function).get("return")
        if not (isinstance(facts, type) and is_dataclass(facts) and facts.__dataclass_params__.frozen):  # type: ignore[attr-defined]
            raise DeclarationError(f"scenario {name} has to return a frozen dataclass")
        return Scenario(name, function, facts, spec, transports, impact, needs, timeout_s, observes, alone)

    return declare


def check(
    source: Scenario,
    *,
    id: str,  # noqa: A002 - the field's word
    title: str,
    severity: Severity | SeverityByExposure,
    category: Category,
    remediation: str,
    requirements: tuple[str, ...],
    references: tuple[str, ...] = (),
) -> Callable[[Callable[[Any], Verdicts]], Check]:
    """Declare a pure function from a scenario's facts to a verdict (or one per subject) as a check.

    `id` is stable, names the fault and is never reused. `requirements` are ids of requirement rows, from which level,
    page and revisions come; `references` name further sources (CWE, CVE, RFC).

    Raises:
        DeclarationError: without a docstring (it is the body of the check's page), or with an id that has no area.
    """

    def declare(function: Callable[[Any], Verdicts]) -> Check:
        explanation = inspect.getdoc(function)
        if not explanation:
            raise DeclarationError(f"check {id} has no docstring")
        if "/" not in id or not requirements:
            raise DeclarationError(f"check {id} needs an area in its id, and a requirement")
        return Check(
            id, function, source, title, requirements, severity, category, remediation, references, explanation
        )

    return declare


def capability(*names: str) -> Need:
    """Return the need that the server declares every capability in `names`."""

    def need(probe: Probe) -> Verdict | None:
        absent = [name for name in names if not probe.offer.declares(name)]
        return not_applicable(f"the server does not declare {' and '.join(absent)}") if absent else None

    return need


def listed(kind: str) -> Need:
    """Return the need that a list of the offer is not empty: tools, resources, resource_templates or prompts."""

    def need(probe: Probe) -> Verdict | None:
        items: tuple[object, ...] = getattr(probe.offer, kind)
        return None if items else not_applicable(f"the server lists no {kind.replace('_', ' ')}")

    return need


def callable_tool(probe: Probe) -> Verdict | None:
    """Need at least one tool that the operator consents to call."""
    if not probe.offer.tools:
        return not_applicable("the server lists no tools")
    if not probe.callable_tools():
        return not_observed("no listed tool may be called; allow some with --tool NAME or --call all")
    return None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All checks and requirements that a run can draw on."""

    checks: tuple[Check, ...]
    requirements: tuple[Requirement, ...]
    counts: tuple[DutyCount, ...] = ()
    """How many duties there are in all, for the revisions for which that is known."""
    _by_id: Mapping[str, Requirement] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", MappingProxyType({row.id: row for row in self.requirements}))
        seen: set[str] = set()
        for item in self.checks:
            if item.id in seen:
                raise DeclarationError(f"two checks have the id {item.id}")
            seen.add(item.id)
            unknown = [row for row in item.requirements if row not in self._by_id]
            if unknown:
                raise DeclarationError(f"check {item.id} names unknown requirements: {', '.join(unknown)}")

    @classmethod
    def collect(
        cls, modules: Iterable[ModuleType], requirements: Iterable[Requirement], counts: Iterable[DutyCount] = ()
    ) -> "Catalogue":
        """Collect every `Check` that the modules define at top level, in the order of definition."""
        checks = [value for module in modules for value in vars(module).values() if isinstance(value, Check)]
        return cls(tuple(checks), tuple(requirements), tuple(counts))

    def merged(self, other: "Catalogue") -> "Catalogue":
        """Return a catalogue of both; raises DeclarationError where they disagree on an id."""
        rows = {row.id: row for row in (*self.requirements, *other.requirements)}
        return Catalogue((*self.checks, *other.checks), tuple(rows.values()), (*self.counts, *other.counts))

    def requirement(self, row: str) -> Requirement:
        """Return the requirement with the id `row`; raises KeyError."""
        return self._by_id[row]

    def applies(self, item: Check, revision: Revision) -> bool:
        """Whether the revision knows a duty of the check and the scenario can run at it."""
        return revision in item.scenario.spec and any(self._by_id[row].at(revision) for row in item.requirements)

    def level(self, item: Check, revision: Revision) -> Level:
        """Return the strongest level that the check's duties have at `revision`."""
        cited = [self._by_id[row].at(revision) for row in item.requirements]
        return min((citation.level for citation in cited if citation), key=lambda level: level.rank)
