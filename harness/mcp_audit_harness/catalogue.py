"""The catalogue: every check, feature and requirement that a run can draw on, and how they belong together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType
from typing import TypeAlias

from .declare import Check, DeclarationError, Feature
from .load.plan import Profile
from .model import AdvisoryDatabase, Attack, Example, JsonObject, Level, Offer, OfficialAliases, Requirement, Revision
from .source.rules import Rule

FindExample: TypeAlias = Callable[[str], Example | None]
"""Finds the recorded example of a check by its id; reads no file before it is asked."""


Project: TypeAlias = Callable[[Offer, Sequence[JsonObject], str], JsonObject]
"""Makes an OpenAPI document of what a server offers at a URL; of its tools only those that are given."""

LoadProfile: TypeAlias = Callable[[str], Profile]
"""Reads a load profile by its name, or from a TOML file; raises ProfileError."""


FindRules: TypeAlias = Callable[[], tuple[Rule, ...]]
"""Collects the rules over sources, several of which can look for one defect; imports them when it is asked."""


def _no_rules() -> tuple[Rule, ...]:
    return ()


def _no_example(_: str) -> Example | None:
    return None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All checks, features and requirements that a run can draw on."""

    checks: tuple[Check, ...]
    requirements: tuple[Requirement, ...]
    features: tuple[Feature, ...] = ()
    example: FindExample = field(default=_no_example, repr=False, compare=False)
    official: OfficialAliases = field(default_factory=OfficialAliases)
    """How the official conformance suite calls some of the duties and features."""
    attacks: tuple[Attack, ...] = ()
    """Known attacks, each with the checks that try it."""
    advisories: AdvisoryDatabase = field(default_factory=AdvisoryDatabase, repr=False)
    """What was published of weaknesses that the checks can see."""
    project: Project | None = field(default=None, repr=False, compare=False)
    load_profile: LoadProfile | None = field(default=None, repr=False, compare=False)
    load_profiles: tuple[str, ...] = ()
    """Names that `load_profile` knows."""
    source_rules: FindRules = field(default=_no_rules, repr=False, compare=False)
    _by_id: Mapping[str, Requirement] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", MappingProxyType({row.id: row for row in self.requirements}))
        seen: set[str] = set()
        for item in self._items():
            if item.id in seen:
                raise DeclarationError(f"two checks or features have the id {item.id}")
            seen.add(item.id)
            unknown = [row for row in item.requirements if row not in self._by_id]
            if unknown:
                raise DeclarationError(f"{item.id} names unknown requirements: {', '.join(unknown)}")
        known = {check.id for check in self.checks}
        for attack in self.attacks:
            if not known.issuperset(attack.checks):
                raise DeclarationError(f"the attack {attack.id} names unknown checks: {', '.join(attack.checks)}")

    @classmethod
    def collect(
        cls, modules: Iterable[ModuleType], requirements: Iterable[Requirement], example: FindExample = _no_example
    ) -> "Catalogue":
        """Collect every `Check` and `Feature` that the modules define at top level, in the order of definition."""
        values = [value for module in modules for value in vars(module).values()]
        checks = tuple(value for value in values if isinstance(value, Check))
        features = tuple(value for value in values if isinstance(value, Feature))
        return cls(checks, tuple(requirements), features, example)

    def merged(self, other: "Catalogue") -> "Catalogue":
        """Return a catalogue of both; raises DeclarationError where they disagree on an id."""
        rows = {row.id: row for row in (*self.requirements, *other.requirements)}
        features = (*self.features, *other.features)

        def example(check: str) -> Example | None:
            return self.example(check) or other.example(check)

        official = other.official if other.official.same else self.official
        checks = (*self.checks, *other.checks)
        attacks = (*self.attacks, *other.attacks)
        known = other.advisories if other.advisories.advisories else self.advisories
        profiles = other if other.load_profile else self
        return Catalogue(
            checks,
            tuple(rows.values()),
            features,
            example,
            official,
            attacks,
            known,
            project=other.project or self.project,
            load_profile=profiles.load_profile,
            load_profiles=profiles.load_profiles,
            source_rules=lambda: (*self.source_rules(), *other.source_rules()),
        )

    def requirement(self, row: str) -> Requirement:
        """Return the requirement with the id `row`; raises KeyError."""
        return self._by_id[row]

    def applies(self, item: Check, revision: Revision) -> bool:
        """Whether the revision knows a duty of the check and the scenario can run at it."""
        return revision in item.scenario.spec and any(self._by_id[row].at(revision) for row in item.requirements)

    def looked_at(self, revision: Revision) -> frozenset[str]:
        """Return the ids of the requirements that a check judges, or that a feature answers, at `revision`."""
        features = (row for item in self.features if revision in item.spec for row in item.requirements)
        return self.judged(revision).union(features)

    def judged(self, revision: Revision) -> frozenset[str]:
        """Return the ids of the requirements that a check judges at `revision`."""
        return frozenset(row for item in self.checks if revision in item.scenario.spec for row in item.requirements)

    def _items(self) -> tuple[Check | Feature, ...]:
        return (*self.checks, *self.features)

    def level(self, item: Check, revision: Revision) -> Level:
        """Return the strongest level that the check's duties have at `revision`."""
        cited = [self._by_id[row].at(revision) for row in item.requirements]
        return min((citation.level for citation in cited if citation), key=lambda level: level.rank)
