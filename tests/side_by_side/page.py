"""The table of all tools and all defects, as Markdown."""

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .compare import OPTIONS, Audited, finds
from .defects import DEFECTS
from .rivals import RIVALS, Place

Findings = Mapping[str, list[dict[str, Any]]]
Theirs = Mapping[str, tuple[str, Audited]]

_INTRODUCTION = """# Side by side: a vulnerable and a correct server

Two MCP servers with the same twelve tools, written for this comparison (`tests/side_by_side/vulnerable.py`,
`correct.py`): in one of them every defect of the table is planted, in the other none. Both speak Streamable HTTP on
127.0.0.1 and stdio. Regenerate with

    python -m tests.side_by_side.compare --rivals DIR --write reports/published/side-by-side.md

where DIR holds one virtual environment for each of the other tools, named as its package. A tool has *found* a defect
if any line of its report names the defect, whatever severity it gives it. Everything that it reports on the correct
server is counted as an alarm; what these are is listed below, advice and matters of opinion among them.

Some remarks. The severity of a finding is not part of the comparison: on loopback mcp-audit calls an SSRF or a tool
that opens any file low, and says higher of a server that others can reach. mcp-fuzzer varies from run to run, its seed
notwithstanding: of two runs one had the stack trace of `divide`, too. mcpsnare opens a second session without the token
where it is given one, and ends with an exception where that is refused. Times are those of a busy machine.
"""


def page(found: Findings, elapsed: float, theirs: Theirs) -> str:
    """Return the page."""
    names = ["mcp-audit", *theirs]
    rows = [
        [defect.name, _ours(defect, found), *(_mark(audited.found(defect)) for _, audited in theirs.values())]
        for defect in DEFECTS
    ]
    ours_found = sum(1 for row in rows if row[1] != "no")
    totals = [sum(audited.found(defect) for defect in DEFECTS) for _, audited in theirs.values()]
    alarms = [len(audited.correct.lines) for _, audited in theirs.values()]
    own_alarms = len(found["correct"]) + len(found["correct-with-token"])
    rows.append(["**found**", f"**{ours_found} of {len(DEFECTS)}**", *(f"**{total}**" for total in totals)])
    rows.append(["**alarms on the correct server**", f"**{own_alarms}**", *(f"**{count}**" for count in alarms)])
    seconds = [
        f"{audited.vulnerable.elapsed_s:.0f} / {audited.correct.elapsed_s:.0f}" for _, audited in theirs.values()
    ]
    rows.append(["seconds (vulnerable / correct)", f"{elapsed:.0f} for all four runs", *seconds])
    lines = [
        _INTRODUCTION,
        _line(["Defect", *names]),
        _line(["---"] * (len(names) + 1)),
        *(_line(row) for row in rows),
        "",
    ]
    return "\n".join([*lines, *_versions(theirs), *_alarms(found, theirs), *_others(found)]) + "\n"


def _ours(defect: Any, found: Findings) -> str:
    check = finds(defect, found["vulnerable-with-token" if defect.with_token else "vulnerable"])
    return f"`{check}`" if check else "no"


def _mark(found: bool) -> str:
    return "found" if found else "no"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _versions(theirs: Theirs) -> list[str]:
    own = f"mcp-audit {importlib.metadata.version('mcp-audit')}"
    lines = ["## Versions and commands", "", f"- {own}: `mcp-audit URL {' '.join(OPTIONS)} --plant-dir NOTES`"]
    lines.append("  (with tokens: `--bearer-env VARIABLE` too)")
    place = Place("URL", Path("LAUNCHER"), Path())
    for rival in RIVALS:
        if rival.name in theirs:
            lines.append(f"- {rival.name} {theirs[rival.name][0]}: `{' '.join(rival.words(place))}`")
            trouble = {said.trouble for said in _all(theirs[rival.name][1]) if said.trouble}
            lines.extend(f"  ({reason})" for reason in sorted(trouble))
    return [*lines, ""]


def _all(audited: Audited) -> tuple[Any, ...]:
    return audited.vulnerable, audited.correct, audited.vulnerable_with_token, audited.correct_with_token


def _alarms(found: Findings, theirs: Theirs) -> list[str]:
    own = [f"`{item['check']}` {item['subject']}" for item in (*found["correct"], *found["correct-with-token"])]
    lines = ["## Alarms on the correct server", "", f"- mcp-audit: {', '.join(own) or 'none'}"]
    for name, (_, audited) in theirs.items():
        rules: dict[str, int] = {}
        for line in audited.correct.lines:
            rules[line.split()[0]] = rules.get(line.split()[0], 0) + 1
        told = ", ".join(f"`{rule}`" + (f" ({count} times)" if count > 1 else "") for rule, count in rules.items())
        lines.append(f"- {name}: {told or 'none'}")
    return [*lines, ""]


def _others(found: Findings) -> list[str]:
    """Return what ours says of the vulnerable server beyond the planted defects: each is true, and was read."""
    planted = {check for defect in DEFECTS for check in defect.ours}
    more = {
        f"- `{item['check']}` ({item['severity']}{', ' * bool(item['subject'])}{item['subject']}): {item['title']}"
        for item in (*found["vulnerable"], *found["vulnerable-with-token"])
        if item["check"] not in planted
    }
    return ["## What mcp-audit says of the vulnerable server beyond these", "", *(sorted(more) or ["Nothing."])]
