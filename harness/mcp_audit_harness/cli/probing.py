"""How a check is probed, and how its finding is shown: sentences that follow from the declaration of its scenario."""

import inspect

from ..api import has_fault
from ..declare import Bench, Check
from ..model import Impact, Transport

_IMPACT = {
    Impact.PASSIVE: "It sends what any client would send.",
    Impact.PROBING: "It sends something malformed or odd, beside the same without the defect; no state is changed.",
    Impact.INTRUSIVE: "It may change state or load the server, and runs with --intrusive only.",
}
_OBSERVES = (
    "It sends nothing of its own: it looks at everything that the server said in the whole run, whoever asked for it."
)
_LOADS = "It loads the server, and runs by `mcp-audit load` only."
_BENCH = {
    Bench.DEFAULT: "",
    Bench.DIAGNOSTICS: "in its diagnostics profile",
    Bench.AUTHORIZED: "behind bearer tokens",
    Bench.PLANTED: "with a directory for planted files",
    Bench.PROCESS: "in a process of its own",
    Bench.TLS: "over https",
    Bench.LEGACY_SSE: "over HTTP+SSE",
}
_GRANTS = {Bench.DIAGNOSTICS: " --call all", Bench.PLANTED: " --call all --plant-dir DIR"}
"""What the operator has to allow for the scenarios of a bench."""


def probed(check: Check) -> list[str]:
    """Return what the scenario does, what it needs and how it treats the target, a paragraph each."""
    scenario = check.scenario
    told = inspect.getdoc(scenario.run) or ""
    manner = _OBSERVES if scenario.observes else _IMPACT[scenario.impact]
    if scenario.load:
        manner = _LOADS
    if scenario.deep:
        manner += " It generates its requests, and belongs to the deep profile."
    if scenario.alone:
        manner += " No other conversation goes on meanwhile."
    wanted = [_wanted(doc) for need in scenario.needs if (doc := inspect.getdoc(need))]
    needs = f"It needs {', and '.join(wanted)}." if wanted else ""
    return [text for text in (told, manner, needs) if text]


def _wanted(doc: str) -> str:
    """Return what a need asks for, as a noun phrase: its docstring begins with `Need`."""
    sentence = " ".join(doc.partition("\n\n")[0].split()).partition(". ")[0]
    return sentence.removeprefix("Need ").removesuffix(".")


def reproduced(check: Check) -> list[tuple[str, str]]:
    """Return commands that show the check at work, each with what it is for."""
    return [_on_server(check), *([_on_reference(check)] if has_fault(check) else [])]


def _on_server(check: Check) -> tuple[str, str]:
    words = _GRANTS.get(check.scenario.bench, "")
    words += " --intrusive" if check.scenario.impact is Impact.INTRUSIVE else ""
    if check.scenario.load:
        return "mcp-audit load URL", "loads a server of yours"
    if check.scenario.deep:
        return f"mcp-audit fuzz URL{words}", "fuzzes a server of yours"
    narrow = "" if check.scenario.observes else f" --only {check.id}"
    stdio = check.scenario.transports.isdisjoint({Transport.HTTP, Transport.SSE})
    command = f"mcp-audit{words}{narrow} -- COMMAND" if stdio else f"mcp-audit URL{words}{narrow}"
    return command, "judges a server of yours" + (", with all that the other checks make it say" if not narrow else "")


def _on_reference(check: Check) -> tuple[str, str]:
    bench = check.scenario.bench
    if bench is Bench.DEFAULT and Transport.HTTP in check.scenario.transports:
        return f"mcp-audit demo --fault {check.id}", "shows the finding on the reference server"
    place = f" {_BENCH[bench]}" if _BENCH[bench] else ""
    return f"mcp-audit calibrate --only 'fault {check.id}'", f"finds the fault in the reference server{place}"
