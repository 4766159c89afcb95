"""What the target did under load: verdicts, latencies, errors, memory, and what changed since an earlier run."""

from collections.abc import Iterator

from mcp_audit_harness.model import Report, Revision
from mcp_audit_harness.model.loading import LoadRun

from ..escape import code, prose, shortened
from ..load import words
from ..load.demands import demands
from .tables import table

_EXAMPLE = 200


def load(report: Report) -> Iterator[str]:
    """Yield a section for each run, the newest revision first; nothing where no load was produced."""
    if report.loads:
        yield "## Load"
    for revision, run in reversed(report.loads):
        yield f"### Load {prose(run.profile)} at {revision}".rstrip()
        yield _facts(run)
        yield from _verdicts(report, revision, run)
        every = ["all", *words.series_row(run.all)[1:]]
        kinds = ([code(label), *rest] for label, *rest in map(words.series_row, run.series))
        yield table(words.SERIES_COLUMNS, [every, *kinds])
        yield from _failures(run)
        yield from _comparisons(run)
        if run.left_out:
            yield "Left out of the mix:"
            yield "\n".join(f"- {prose(text)}" for text in run.left_out)


def _facts(run: LoadRun) -> str:
    facts = {
        "Load": words.setting(run),
        "Achieved": words.throughput(run),
        "Latency": words.latency(run.all),
        "Errors": words.errors(run),
        "Memory": words.memory(run),
        "Handles": words.handles(run),
        "Bottleneck": words.bottleneck(run),
        "Generator": words.generator(run),
        **words.beyond_figures(run),
    }
    return table(("", ""), [[name, prose(text)] for name, text in facts.items() if text])


def _verdicts(report: Report, revision: Revision, run: LoadRun) -> Iterator[str]:
    rows = [
        [item.kind.what, item.limit_text, item.measured_text, item.verdict, code(item.kind.check)]
        for item in demands(report, revision, run)
        if item.tells
    ]
    if rows:
        yield table(("Demand", "Limit", "Measured", "Verdict", "Check"), rows)


def _failures(run: LoadRun) -> Iterator[str]:
    if run.errors:
        rows = [
            [
                str(error.count),
                code(error.label),
                code(error.kind),
                code(error.what),
                code(shortened(error.example, _EXAMPLE)),
            ]
            for error in words.commonest_errors(run)
        ]
        yield table(("Errors", "Requests of", "Kind", "What", "Example"), rows)


def _comparisons(run: LoadRun) -> Iterator[str]:
    if run.comparisons:
        yield "Beside the earlier run:"
        rows = [[prose(words.name_of(item)), *words.compared_cells(item)] for item in run.comparisons]
        yield table(words.COMPARED_COLUMNS, rows)
