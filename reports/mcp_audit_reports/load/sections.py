"""The tables and figures in words of the page about load, each as a piece of HTML."""

from collections.abc import Iterator
from dataclasses import replace

from mcp_audit_harness.model import Report, Revision, Status
from mcp_audit_harness.model.loading import Bottleneck, LoadRun, LoadSeries

from ..digest import status_word
from ..escape import html
from ..webpage import code, subject, table, tiles
from . import words
from .demands import Demand, demands, error_percent
from .numbers import number
from .scales import clock

_ROWS = 120
"""So many rows the table of seconds has at most."""
_WANTED = {
    "load/drops-streams": "streams stay open",
    "load/does-not-recover": "answers after the load",
    "load/slower-than-before": "no slower than before",
}
"""What the checks want that have no limit of their own; their titles say the opposite."""
_MARK = {Status.PASS: ("pass", "✓ pass"), Status.FAIL: ("fail", "✗ fail")}


def key_figures(run: LoadRun) -> str:
    """Return the figures that matter most, as large as they deserve."""
    taken, most = run.all.latency, run.most_rss_of_one_mb
    grew = f"{run.memory.per_min:+.2f} MB/min" if run.memory else "growth not known"
    facts = [
        ("achieved", f"{number(run.achieved_per_s)}/s", f"of {number(run.offered_per_s)}/s offered"),
        ("median", f"{number(taken.p50_ms)} ms", "half of all requests"),
        ("p99", f"{number(taken.p99_ms)} ms", f"p99.9 {number(taken.p999_ms)} ms"),
        ("slowest", f"{number(taken.max_ms)} ms", f"silent for {number(run.silence_s)} s at most"),
        ("errors", f"{number(error_percent(run))} %", f"{run.all.errors} of {run.all.requests}"),
        ("memory", "-" if most is None else f"{number(most)} MB", grew),
        ("bottleneck", {Bottleneck.SERVER: "target"}.get(run.bottleneck, run.bottleneck.value), _held_back(run)),
    ]
    if run.knee is not None:
        facts.append(("knee", f"{number(run.knee.rate)}/s", run.knee.why or "nothing broke it"))
    return tiles(facts)


def _held_back(run: LoadRun) -> str:
    return f"generator: {number(run.generator.busiest_percent)} % of a core"


def verdicts(report: Report, revision: Revision, run: LoadRun) -> str:
    """Return every demand with what was measured, and the other verdicts about load."""
    judged = [item for item in demands(report, revision, run) if item.tells]
    rows = [_row(item) for item in judged]
    named = {item.kind.check for item in judged}
    rows.extend(
        [
            subject(html(_WANTED.get(result.check, result.title))),
            _verdict(result.status),
            "",
            "",
            code(result.check),
            html(result.message),
        ]
        for result in report.results
        if result.revision is revision and result.check.startswith("load/") and result.check not in named
        if result.status is not Status.NOT_APPLICABLE
    )
    columns = ("Demand", "Verdict", "Measured", "Limit", "Check", "Why")
    return table("What the profile demands, and what became of it.", columns, rows, texts=frozenset({1, 4, 5}))


def _row(item: Demand) -> list[str]:
    figures = [html(item.measured_text), html(item.limit_text)]
    return [subject(html(item.kind.what)), _verdict(item.status), *figures, code(item.kind.check), html(item.reason)]


def _verdict(status: Status | None) -> str:
    if status is None:
        return '<span class="soft">no verdict</span>'
    look, text = _MARK.get(status, ("unsure", f"○ {status_word(status)}"))
    return f'<span class="{look}">{html(text)}</span>'


def kinds(run: LoadRun) -> str:
    """Return the latencies of each kind of request."""
    rows = []
    for series in (run.all, *run.series, *_apart(run)):
        label, *figures = words.series_row(series)
        rows.append([subject(html(label)), *(html(figure) for figure in figures)])
    return table("All requests after the warm-up, by kind.", words.SERIES_COLUMNS, rows)


def _apart(run: LoadRun) -> Iterator[LoadSeries]:
    seen = run.neighbours
    if seen is not None:
        yield replace(seen.alone, label="well-behaved clients, alone")
        yield replace(seen.beside, label="well-behaved clients, beside an abusive one")
        yield replace(seen.abuse, label="the abusive client")


def failures(run: LoadRun) -> str:
    """Return the errors by kind; of none, a sentence."""
    if not run.errors:
        return f"<p>{html(words.errors(run)).capitalize()} failed.</p>"
    rows = [
        [subject(html(error.label)), html(error.kind), html(error.what), str(error.count), code(error.example)]
        for error in words.commonest_errors(run)
    ]
    columns = ("Requests of", "Kind", "What", "Count", "First message")
    return table(words.errors(run), columns, rows, texts=frozenset({1, 2, 4}))


def facts(run: LoadRun) -> str:
    """Return what is to be known of how the load was produced, and of what else was seen."""
    said = {
        "Load": words.setting(run),
        "Bottleneck": words.bottleneck(run),
        "Generator": words.generator(run),
        "Memory": words.memory(run),
        "Handles": words.handles(run),
        **words.beyond_figures(run),
        "Left out": "; ".join(run.left_out),
    }
    rows = [[subject(html(name)), html(text)] for name, text in said.items() if text]
    return table("", ("What", "Seen"), rows, texts=frozenset({1}))


def comparisons(run: LoadRun) -> str:
    """Return what changed since the earlier run; the empty text where there is none."""
    if not run.comparisons:
        return ""
    rows = [
        [
            subject(html(words.name_of(item))),
            *(html(cell) for cell in words.compared_cells(item)[:-1]),
            '<span class="fail">✗ regression</span>' if item.regressed else '<span class="pass">✓ none</span>',
        ]
        for item in run.comparisons
    ]
    return table(
        "The ratio of new to old. It is a regression if the whole interval is beyond what is tolerated.",
        words.COMPARED_COLUMNS,
        rows,
        texts=frozenset({5}),
    )


def seconds(run: LoadRun) -> str:
    """Return the figures behind the charts, folded away; of a long run each row stands for several seconds."""
    if not run.seconds:
        return ""
    size = -(-len(run.seconds) // _ROWS)
    groups = [run.seconds[place : place + size] for place in range(0, len(run.seconds), size)]
    rows = [
        [
            subject(html(clock(group[0].at_s))),
            *(str(sum(getattr(second, name) for second in group)) for name in ("due", "done", "errors")),
            *(
                number(max(getattr(second.latency, name) for second in group))
                for name in ("p50_ms", "p99_ms", "max_ms")
            ),
            *(str(max(getattr(second, name) for second in group)) for name in ("waiting", "streams")),
        ]
        for group in groups
    ]
    columns = ("From", "Due", "Done", "Errors", "p50 ms", "p99 ms", "max ms", "Waiting", "Streams")
    each = (
        "Each row is one second."
        if size == 1
        else f"Each row is {size} seconds: counts added up, the rest the highest."
    )
    return f"<details><summary>Second by second</summary>{table(each, columns, rows)}</details>"
