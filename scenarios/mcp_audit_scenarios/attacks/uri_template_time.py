"""Time that a target takes to match a URI against a template with a list in it (CVE-2026-0621)."""

from dataclasses import dataclass
from statistics import median
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .occasions import newest_only
from .uri_templates import Template, templates

_SIZES: Final = (10, 14, 16, 18, 20, 22, 24, 26)
_REPEATS, _STEPS = 3, 3
_STOP_MS, _LEAST_MS, _GROWTH, _ABOVE = 800.0, 150.0, 1.6, 8.0
_PATIENCE_S: Final = 4.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Lists of one length, and texts without a comma that are as long."""

    size: int
    lists: tuple[Exchange, ...]
    plain: tuple[Exchange, ...]

    @property
    def list_ms(self) -> float:
        """The median for lists."""
        return median(exchange.elapsed_ms for exchange in self.lists)

    @property
    def plain_ms(self) -> float:
        """The median for plain texts."""
        return median(exchange.elapsed_ms for exchange in self.plain)


@dataclass(frozen=True, slots=True)
class Timings:
    """Growing lists, up to the first that took long."""

    subject: str
    steps: tuple[Timing, ...]


def takes_lists(probe: Probe) -> Verdict | None:
    """Need a template with a variable that stands for a list."""
    found = any(template.exploded for template in templates(probe.offer.resource_templates))
    return None if found else not_applicable("no listed template has a variable for a list")


@scenario(
    needs=(newest_only, takes_lists), impact=Impact.INTRUSIVE, alone=True, timeout_s=60.0, bench=Bench.DIAGNOSTICS
)
async def growing_lists(probe: Probe) -> Timings:
    """Read URIs that almost fit, with longer and longer lists; stop at the first size that takes long."""
    template = next(found for found in templates(probe.offer.resource_templates) if found.exploded)
    steps: list[Timing] = []
    for size in _SIZES:
        lists = [await _read(probe, almost(template, ",".join("a" * size))) for _ in range(_REPEATS)]
        plain = [await _read(probe, almost(template, "a" * (2 * size - 1))) for _ in range(_REPEATS)]
        steps.append(Timing(size, tuple(lists), tuple(plain)))
        if not all(exchange.answered for exchange in plain):
            raise Unobservable("plain values were not answered", *plain)
        if steps[-1].list_ms > _STOP_MS or not all(exchange.answered for exchange in lists):
            break
    return Timings(template.subject, tuple(steps))


def almost(template: Template, value: str) -> str:
    """Return a URI that fits the template but for its very end."""
    return template.filled(value, raw=True) + "/\n//"


async def _read(probe: Probe, uri: str) -> Exchange:
    return await probe.request("resources/read", {"uri": uri}, timeout=_PATIENCE_S)


@check(
    growing_lists,
    id="robustness/slow-uri-template",
    title="A short URI keeps the server busy for seconds",
    requirements=("robustness/keeps-answering",),
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Match templates without nested repetition, or bound the URI's length before it is matched.",
    references=("https://cwe.mitre.org/data/definitions/1333.html", "https://nvd.nist.gov/vuln/detail/CVE-2026-0621"),
)
def slow_uri_template(seen: Timings) -> Verdicts:
    """A pattern with a repetition inside a repetition tries every way to split a list. Each item doubles the time:
    fifty characters stop a server that has one thread. Judged by three sizes in a row that each take much longer than
    the one before, while texts of the same length without a comma do not.
    """
    if not seen.steps or not all(step.lists and step.plain for step in seen.steps):
        return not_observed("no reading was timed")
    last = seen.steps[-1]
    shown = (*last.lists[:1], *last.plain[:1], *(step.lists[0] for step in seen.steps[-3:-1]))
    steep = [
        later.list_ms > _GROWTH * before.list_ms for before, later in zip(seen.steps, seen.steps[1:], strict=False)
    ]
    if not any(exchange.answered for exchange in last.lists) and len(steep) >= _STEPS - 1:
        steep[-1] = True
    above = last.list_ms > max(_LEAST_MS, _ABOVE * last.plain_ms)
    if above and len(steep) >= _STEPS - 1 and all(steep[-(_STEPS - 1) :]):
        text = f"A list of {last.size} items took {last.list_ms:.0f} ms, a text as long {last.plain_ms:.0f} ms."
        return failed(text, *shown, subject=seen.subject)
    if above:
        return not_observed("answers were slow, but not more so with each size", *shown)
    return passed(*shown) if any(exchange.answered for exchange in shown) else not_observed("nothing was answered")
