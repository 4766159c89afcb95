"""How knowledge is declared: a scenario is a conversation that returns facts, a check a pure judgement of them.

A feature is a judgement of the same kind that cannot fail: whether something that the specification permits is there.
The decorators return values; nothing is registered behind the reader's back. A `Catalogue` is collected from modules.
"""

import enum
import inspect
import typing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any, TypeAlias

from .model import (
    ALWAYS,
    ANY,
    Category,
    Effort,
    Exchange,
    Impact,
    Priority,
    Revision,
    Severity,
    SeverityByExposure,
    Sighting,
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


class Bench(enum.StrEnum):
    """The reference server as calibration serves it: on which of its profiles a scenario has something to see."""

    DEFAULT = "default"
    DIAGNOSTICS = "diagnostics"
    """With fixtures: tools that ask, report, take their time, change lists."""
    AUTHORIZED = "authorized"
    """Behind bearer tokens of a test issuer."""
    PLANTED = "planted"
    """The diagnostics profile with a root in which the harness may plant files."""
    TLS = "tls"
    """Over https, with a certificate of its own that no authority knows."""
    PROCESS = "process"
    """In a process of its own, which can be looked into."""
    LEGACY_SSE = "legacy-sse"
    """The diagnostics profile over the HTTP+SSE transport of 2024-11-05."""


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
    bench: Bench = Bench.DEFAULT
    """Where calibration proves its checks."""
    thorough: bool = False
    """Whether it takes so many requests that the quick profile leaves it out."""
    deep: bool = False
    """Whether it generates its requests, for as long as it is given: it belongs to the deep profile."""
    load: bool = False
    """Whether it produces load: it runs only where the operator asks for just that."""

    @property
    def unhurried(self) -> bool:
        """Whether it takes minutes: it comes last of those that act, alone, and nothing but the budget ends it."""
        return self.deep or self.load


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
    effort: Effort = Effort.SMALL
    """How much work the remedy usually is."""
    since: str = "0.1.0"
    """The version of mcp-audit that brought the check."""

    @property
    def area(self) -> str:
        """The first part of the id."""
        return self.id.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Feature:
    """A pure judgement of whether something that the specification offers is there; its absence breaks no duty."""

    id: str
    sight: Callable[[Any], Sighting]
    scenario: Scenario
    title: str
    spec: SpecRange
    page: str
    priority: Priority
    effort: Effort
    remediation: str
    requirements: tuple[str, ...]
    explanation: str

    @property
    def area(self) -> str:
        """The first part of the id."""
        return self.id.partition("/")[0]

    @property
    def url(self) -> str:
        """Address of the section that introduced it."""
        return f"https://modelcontextprotocol.io/specification/{self.spec.first}/{self.page}"


def scenario(
    *,
    spec: SpecRange = ALWAYS,
    transports: frozenset[Transport] = ANY,
    impact: Impact = Impact.PASSIVE,
    needs: tuple[Need, ...] = (),
    timeout_s: float = 15.0,
    observes: bool = False,
    alone: bool = False,
    bench: Bench = Bench.DEFAULT,
    thorough: bool = False,
    deep: bool = False,
    load: bool = False,
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
        return Scenario(
            name,
            function,
            facts,
            spec,
            transports,
            impact,
            needs,
            timeout_s,
            observes,
            alone,
            bench,
            thorough,
            deep,
            load,
        )

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
    effort: Effort = Effort.SMALL,
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
            id, function, source, title, requirements, severity, category, remediation, references, explanation, effort
        )

    return declare


def feature(
    source: Scenario,
    *,
    id: str,  # noqa: A002 - the field's word
    title: str,
    since: str,
    page: str,
    priority: Priority,
    remediation: str,
    effort: Effort = Effort.MEDIUM,
    until: str | None = None,
    requirements: tuple[str, ...] = (),
) -> Callable[[Callable[[Any], Sighting]], Feature]:
    """Declare a pure function from a scenario's facts to a `Sighting` as a feature.

    `id` names the feature, not a fault; `since` is the revision that brought it, `until` the first one without it.
    `page` is the page and anchor of its section below the revision (`server/tools#annotations`). `requirements` are
    the permissions (MAY) that it makes use of, to which no check can hold a server.

    Raises:
        DeclarationError: without a docstring (it says why clients want the feature), or with an id that has no area.
    """

    def declare(function: Callable[[Any], Sighting]) -> Feature:
        explanation = inspect.getdoc(function)
        if not explanation or "/" not in id:
            raise DeclarationError(f"feature {id} needs a docstring, and an area in its id")
        spec = SpecRange(Revision(since), Revision(until) if until else None)
        return Feature(
            id, function, source, title, spec, page, priority, effort, remediation, requirements, explanation
        )

    return declare


def capability(*names: str) -> Need:
    """Return the need that the server declares every capability in `names`."""

    def need(probe: Probe) -> Verdict | None:
        absent = [name for name in names if not probe.offer.declares(name)]
        return not_applicable(f"the server does not declare {' and '.join(absent)}") if absent else None

    need.__doc__ = f"Need a server that declares {' and '.join(names)}."
    return need


def listed(kind: str) -> Need:
    """Return the need that a list of the offer is not empty: tools, resources, resource_templates or prompts."""

    def need(probe: Probe) -> Verdict | None:
        items: tuple[object, ...] = getattr(probe.offer, kind)
        return None if items else not_applicable(f"the server lists no {kind.replace('_', ' ')}")

    need.__doc__ = f"Need {kind.replace('_', ' ')} in the lists of the server."
    return need


def callable_tool(probe: Probe) -> Verdict | None:
    """Need at least one tool that the operator consents to call."""
    if not probe.offer.tools:
        return not_applicable("the server lists no tools")
    if not probe.callable_tools():
        return not_observed("no listed tool may be called; allow some with --tool NAME or --call all")
    return None
