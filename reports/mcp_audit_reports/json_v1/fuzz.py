"""The part of report.json about generated requests."""

from mcp_audit_harness.model import FailingInput, FuzzedSchema, Fuzzing

from . import shape


def fuzz_of(fuzzing: Fuzzing) -> shape.Fuzz:
    """Return what fuzzing showed as it is written."""
    return shape.Fuzz(
        cases=fuzzing.cases,
        cases_per_s=fuzzing.cases_per_s,
        seed=fuzzing.seed,
        failures=tuple(_failure(item) for item in fuzzing.failures),
        schema_coverage=tuple(_coverage(item) for item in fuzzing.schemas),
    )


def _failure(item: FailingInput) -> shape.FuzzFailure:
    return shape.FuzzFailure(
        check=item.check,
        subject=item.subject,
        revision=item.revision,
        cause=item.cause,
        message=item.message,
        minimal=item.minimal,
        evidence=item.evidence,
        reproduced=item.reproduced,
        first_after=item.first_after,
        reproduce=item.reproduce,
        finding=item.finding,
    )


def _coverage(item: FuzzedSchema) -> shape.FuzzCoverage:
    return shape.FuzzCoverage(
        subject=item.subject,
        revision=item.revision,
        cases=item.cases,
        valid=item.valid,
        invalid=item.invalid,
        covered=item.covered,
        coverable=item.coverable,
        trouble=item.trouble,
    )
