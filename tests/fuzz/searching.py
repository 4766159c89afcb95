"""One fuzzing scenario against one server, and the facts that came of it."""

from collections.abc import Sequence
from dataclasses import replace

from mcp_audit_harness.api import load_catalogue, observe
from mcp_audit_harness.calibration.reference import bench_options
from mcp_audit_harness.declare import Bench
from mcp_audit_harness.engine.judge import judge
from mcp_audit_harness.fuzz.settings import FuzzSettings
from mcp_audit_harness.model import Call, Report, Revision, Target
from mcp_audit_harness.model.fuzzing import Fuzzed
from mcp_audit_harness.policy import Options, Profile

CATALOGUE = load_catalogue()
_BUDGET_S = 900.0


async def fuzzed(
    target: Target,
    *,
    scenario: str = "arguments.arguments",
    bench: Bench = Bench.PLANTED,
    cases: int = 500,
    seed: int = 0,
    revision: Revision = Revision.V2026_07_28,
    tools: Sequence[str] = (),
) -> tuple[Fuzzed, Report]:
    """Fuzz a target with all that the operator of a test server would allow; `tools` are called alone, if any."""
    options = bench_options(Options(budget_s=_BUDGET_S), bench)
    options = replace(
        options,
        profile=Profile.DEEP,
        fuzz=FuzzSettings(cases=cases, seed=seed),
        only=("fuzz/*",),
        revisions=(revision,),
        consent=replace(options.consent, call=Call.ALL, tools=tuple(tools)),
    )
    kept = tuple(one for one in CATALOGUE.checks if one.area != "fuzz" or one.scenario.name == scenario)
    alone = replace(CATALOGUE, checks=kept)
    run = await observe(target, alone, options)
    report = judge(run, alone, options)
    facts = next((record.facts for record in run.records if record.scenario == scenario), None)
    if not isinstance(facts, Fuzzed):
        raise TypeError(f"{scenario} was not run: {[record.verdict for record in run.records]}")
    return facts, report
