"""What checks say of a record, and whether what they say has to be seen twice.

A busy machine is late, and late looks like never: a failure that rests on silence alone counts only if the same
scenario, played again, does not show the opposite.
"""

import traceback
from collections.abc import Sequence, Set

from ..declare import Check
from ..errors import TargetError
from ..model import Blame, Exchange, Status, Verdict, errored
from .saved import Record, facts_of
from .select import Step

_SILENCE, _ANSWERS = "silence", "answers"


def verdicts_of(check: Check, record: Record, exchanges: dict[str, Exchange]) -> Sequence[Verdict]:
    """Return the check's verdicts on the record; a judge that raises is our bug, and says so."""
    if record.verdict is not None:
        return [record.verdict]
    try:
        found = check.judge(facts_of(record, check.scenario.facts, exchanges))
    except TargetError as error:
        return [errored(Blame.HARNESS, str(error))]
    except Exception as error:  # noqa: BLE001 - hostile facts must not end the judgement of the others
        where = traceback.extract_tb(error.__traceback__)[-1]
        return [errored(Blame.HARNESS, f"{type(error).__name__}: {error} ({where.name}:{where.lineno})")]
    verdicts = [found] if isinstance(found, Verdict) else list(found)
    return verdicts or [errored(Blame.HARNESS, "the check returned no verdict")]


def rests_on_silence(step: Step, record: Record, silent: Set[str]) -> bool:
    """Whether a check of the step fails on the record only because of exchanges to which nothing came in time.

    `silent` holds the ids of those exchanges.
    """
    if not silent or record.facts is None or step.scenario.observes or step.scenario.unhurried:
        return False
    return any(_fails(check, record, silent) == _SILENCE for check in step.checks)


def settles(step: Step, first: Record, second: Record, silent: Set[str]) -> bool:
    """Whether a second record stands for the first: it decides all that failed, and what failed otherwise fails again.

    A target that a scenario has broken cannot be asked again; then the first record is all that there is.
    """
    for check in step.checks:
        why = _fails(check, first, silent)
        found = {verdict.status for verdict in verdicts_of(check, second, {})} if why else set()
        if why and not found & ({Status.PASS, Status.FAIL} if why == _SILENCE else {Status.FAIL}):
            return False
    return True


def _fails(check: Check, record: Record, silent: Set[str]) -> str:
    """Return what the failures of a check rest on; empty where it does not fail."""
    failures = [one for one in verdicts_of(check, record, {}) if one.status is Status.FAIL]
    if all(any(name in silent for name in failure.evidence) for failure in failures):
        return _SILENCE if failures else ""
    return _ANSWERS
