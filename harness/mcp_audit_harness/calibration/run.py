"""Runs one case."""

from dataclasses import replace

from ..api import observe, take_pins
from ..catalogue import Catalogue
from ..engine.judge import judge
from ..errors import AuditError, HarnessError
from ..policy import Options
from .cases import Case


async def run_case(case: Case, catalogue: Catalogue) -> str:
    """Audit the case's server and return what differs from the required outcome; empty if nothing does."""
    trouble = ""
    for _ in range(case.tries):
        trouble = await _run_once(case, catalogue)
        if not trouble:
            break
    return trouble


async def _run_once(case: Case, catalogue: Catalogue) -> str:
    troubles: list[str] = []
    try:
        for audit in case.audits:
            options = await _with_baseline(case, await _with_pins(case, audit), catalogue)
            async with case.open() as target:
                run = await observe(target, catalogue, options)
            troubles.append(case.judge(judge(run, catalogue, options)))
    except AuditError as error:
        return f"the case could not be run: {error}"
    return "; ".join(filter(None, troubles))


async def _with_pins(case: Case, options: Options) -> Options:
    if case.reviewed is None:
        return options
    async with case.reviewed() as target:
        return replace(options, pins=await take_pins(target, options))


async def _with_baseline(case: Case, options: Options, catalogue: Catalogue) -> Options:
    if case.measured is None or options.load is None:
        return options
    async with case.measured() as target:
        report = judge(await observe(target, catalogue, options), catalogue, options)
    if not report.loads:
        raise HarnessError("the clean server could not be loaded")
    return replace(options, load=replace(options.load, baseline=report.loads[-1][1]))
