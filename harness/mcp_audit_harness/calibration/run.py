"""Runs one case."""

from ..api import observe
from ..catalogue import Catalogue
from ..engine.judge import judge
from ..errors import AuditError
from .cases import Case


async def run_case(case: Case, catalogue: Catalogue) -> str:
    """Audit the case's server and return what differs from the required outcome; empty if nothing does."""
    troubles: list[str] = []
    try:
        async with case.open() as target:
            for options in case.audits:
                run = await observe(target, catalogue, options)
                troubles.append(case.judge(judge(run, catalogue, options)))
    except AuditError as error:
        return f"the case could not be run: {error}"
    return "; ".join(filter(None, troubles))
