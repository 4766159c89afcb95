"""The plan: which scenarios run at which revisions, and why the others do not."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..catalogue import Catalogue
from ..declare import Check, Feature, Scenario
from ..model import Revision, Survey, Verdict, not_applicable, not_observed
from ..policy import Options, Profile, chosen_revisions, selects


@dataclass(frozen=True, slots=True)
class Step:
    """One scenario at one revision, for the checks that judge it and the features that show in it."""

    scenario: Scenario
    revision: Revision
    checks: tuple[Check, ...]
    features: tuple[Feature, ...] = ()

    @property
    def group(self) -> str:
        """Scenarios of one module are followed by one liveness control."""
        return self.scenario.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Skip:
    """A check that the plan leaves out at a revision, with the verdict that says why."""

    check: str
    revision: Revision
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do."""

    revisions: tuple[Revision, ...]
    steps: tuple[Step, ...]
    skips: tuple[Skip, ...]


def plan(catalogue: Catalogue, survey: Survey, options: Options) -> Plan:
    """Return the plan for the surveyed target within the options.

    Needs of a scenario (declared capabilities, consent) are asked when it runs: they look at one revision's offer.
    """
    revisions = chosen_revisions(survey.revisions, options)
    steps: list[Step] = []
    skips: list[Skip] = []
    for revision in revisions:
        for scenario, checks, features in _by_scenario(catalogue, revision, options):
            named = any(check.id in options.only for check in checks)
            reason = _reason_to_skip(scenario, survey, options, named=named)
            if reason is None:
                steps.append(Step(scenario, revision, checks, features))
            else:
                skips.extend(Skip(check.id, revision, reason) for check in checks)
    return Plan(revisions, tuple(steps), tuple(skips))


def _by_scenario(
    catalogue: Catalogue, revision: Revision, options: Options
) -> Iterator[tuple[Scenario, tuple[Check, ...], tuple[Feature, ...]]]:
    grouped: dict[str, tuple[Scenario, list[Check], list[Feature]]] = {}
    for check in catalogue.checks:
        if catalogue.applies(check, revision) and selects(options, check.id, check.category.value):
            grouped.setdefault(check.scenario.name, (check.scenario, [], []))[1].append(check)
    for feature in catalogue.features:
        if revision in feature.spec and revision in feature.scenario.spec and selects(options, feature.id, "feature"):
            grouped.setdefault(feature.scenario.name, (feature.scenario, [], []))[2].append(feature)
    for scenario, checks, features in grouped.values():
        yield scenario, tuple(checks), tuple(features)


def _reason_to_skip(scenario: Scenario, survey: Survey, options: Options, *, named: bool) -> Verdict | None:
    """Return why a scenario does not run; a check of it that is `named` in full is run even in a hurry."""
    if survey.transport not in scenario.transports:
        names = " and ".join(sorted(transport.value for transport in scenario.transports))
        return not_applicable(f"concerns {names} only")
    if scenario.thorough and options.profile is Profile.QUICK and not named:
        return not_observed("takes more requests than the quick profile allows; see it with --profile standard")
    if scenario.deep and options.profile is not Profile.DEEP:
        return not_observed("generates its requests; see it with --profile deep, or mcp-audit fuzz")
    if scenario.load and options.load is None:
        return not_observed("produces load; see it with mcp-audit load")
    if scenario.impact > options.ceiling:
        return not_observed("may change state or load the target; allow it with --intrusive")
    return None
