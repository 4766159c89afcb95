"""What a report says of fuzzing: cases, failures with their smallest inputs, how much of the schemas they met."""

from collections.abc import Iterable, Iterator, Sequence

from ..catalogue import Catalogue
from ..model import (
    Exchange,
    FailingInput,
    Finding,
    Fuzzed,
    FuzzedOperation,
    FuzzedSchema,
    FuzzFailure,
    Fuzzing,
    Revision,
)
from ..policy import Options, selects
from .facts import of_kind
from .reproduce import replay
from .saved import Record, Run


def fuzzing_of(
    run: Run, catalogue: Catalogue, options: Options, exchanges: dict[str, Exchange], findings: Sequence[Finding]
) -> Fuzzing | None:
    """Return what the scenarios that generate their requests did; None if none of them ran."""
    found = list(_fuzzed(run, catalogue, exchanges))
    if not found:
        return None
    categories = {check.id: check.category.value for check in catalogue.checks}
    failures = (
        _failing(failure, record.revision, findings, run)
        for record, facts in found
        for failure in facts.failures
        if failure.oracle in categories and selects(options, failure.oracle, categories[failure.oracle])
    )
    schemas = tuple(_schemas((record.revision, operation) for record, facts in found for operation in facts.operations))
    return Fuzzing(
        cases=sum(schema.cases for schema in schemas),
        seconds=round(sum(record.duration_ms for record, _ in found) / 1000, 3),
        seed=run.seed,
        failures=tuple(sorted(failures, key=lambda failure: not failure.reproduced)),
        schemas=schemas,
    )


def only_generated(run: Run, catalogue: Catalogue) -> bool:
    """Whether only scenarios ran that fuzz or load the target: they say nothing of the duties that others try."""
    generating = {check.scenario.name for check in catalogue.checks if check.scenario.unhurried}
    return bool(run.records) and all(record.scenario in generating for record in run.records)


def replayed_in(run: Run, catalogue: Catalogue, exchanges: dict[str, Exchange]) -> dict[tuple[str, str], FuzzFailure]:
    """Return the failures of a run by check and id of each exchange that replays them."""
    return {
        (failure.oracle, exchange.id): failure
        for _, facts in _fuzzed(run, catalogue, exchanges)
        for failure in reversed(facts.failures)
        for exchange in failure.exchanges
    }


def _fuzzed(run: Run, catalogue: Catalogue, exchanges: dict[str, Exchange]) -> Iterator[tuple[Record, Fuzzed]]:
    return of_kind(run, catalogue, Fuzzed, exchanges)


def _failing(failure: FuzzFailure, revision: Revision, findings: Sequence[Finding], run: Run) -> FailingInput:
    evidence = tuple(exchange.id for exchange in failure.exchanges)
    related = [finding for finding in findings if finding.check == failure.oracle]
    finding = next((finding.id for finding in related if set(evidence) & set(finding.evidence)), "")
    if not finding:
        finding = next((item.id for item in related if item.subject.startswith(failure.subject)), "")
    return FailingInput(
        check=failure.oracle,
        subject=failure.subject,
        revision=revision,
        cause=failure.cause,
        message=failure.message,
        minimal=failure.minimal,
        evidence=evidence,
        reproduced=failure.again and failure.control is not None and failure.control.answered,
        first_after=failure.cases,
        reproduce=replay(failure, run),
        finding=finding,
        control=failure.control.id if failure.control is not None else "",
    )


def _schemas(played: Iterable[tuple[Revision, FuzzedOperation]]) -> Iterator[FuzzedSchema]:
    """Yield one for each subject at each revision: several scenarios may have played it."""
    groups: dict[tuple[Revision, str], list[FuzzedOperation]] = {}
    for revision, operation in played:
        groups.setdefault((revision, operation.subject), []).append(operation)
    for (revision, subject), operations in groups.items():
        troubles = (operation.broken_schema or operation.note for operation in operations)
        yield FuzzedSchema(
            subject=subject,
            revision=revision,
            cases=sum(operation.cases for operation in operations),
            valid=sum(operation.valid for operation in operations),
            invalid=sum(operation.invalid for operation in operations),
            covered=len({place for operation in operations for place in operation.covered}),
            coverable=max(operation.coverable for operation in operations),
            trouble="; ".join(dict.fromkeys(filter(None, troubles))),
        )
