"""Records what each check finds: the reference server with its fault beside the same server without it.

    python -m tests.e2e.record_examples [GLOB …]

writes `scenarios/mcp_audit_scenarios/examples/<area>.toml` for the checks that match, and leaves the rest as it is.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path

import anyio
import mcp_audit_scenarios
from mcp_audit_harness.api import audit, load_catalogue
from mcp_audit_harness.calibration.cases import fault_case
from mcp_audit_harness.calibration.reference import stdio_reference
from mcp_audit_harness.declare import Bench, Check
from mcp_audit_harness.model import Example, Exchange, Report, Status, Transport
from mcp_audit_harness.policy import Options
from mcp_audit_scenarios.examples import load_area

from tests.benches import served
from tests.e2e.excerpts import answers, asked, stable

CATALOGUE = load_catalogue()
DIRECTORY = Path(mcp_audit_scenarios.__file__).parent / "examples"


@dataclass(frozen=True, slots=True)
class Pair:
    """The same audit of the server with a fault, and without."""

    broken: Report
    clean: Report


async def record(check: Check) -> Example | None:
    """Return an example of the newest revision at which the fault shows; None if it never does.

    A check that judges all that was said needs the whole audit; any other one its own conversation alone.
    """
    first: Example | None = None
    for options in _attempts(check):
        found = next(_examples(check, await _pair(check, options)), None)
        if found is not None and found.after:
            return found
        first = first or found
    return first


def _attempts(check: Check) -> Iterator[Options]:
    """Yield audits to look for an example in, the cheapest first: one revision before all, few checks before all."""
    audits = fault_case(check, CATALOGUE, served).audits
    narrow = () if check.scenario.observes else (check.id,)
    seen: list[Options] = []
    for options in audits:
        newest = replace(options, revisions=(max(options.revisions),))
        for attempt in (replace(newest, only=narrow), replace(options, only=narrow), options):
            if attempt not in seen:
                seen.append(attempt)
                yield attempt


async def _pair(check: Check, options: Options) -> Pair:
    return Pair(await _audited(check, (check.id,), options), await _clean(check, options))


async def _clean(check: Check, options: Options) -> Report:
    """Audit the clean server; where all checks take part, once for all checks that want the same audit."""
    key = (check.scenario.bench, _over_http(check), options)
    if options.only:
        return await _audited(check, (), options)
    if key not in _CLEAN:
        _CLEAN[key] = await _audited(check, (), options)
    return _CLEAN[key]


_CLEAN: dict[tuple[Bench, bool, Options], Report] = {}


def _over_http(check: Check) -> bool:
    return check.scenario.bench is Bench.LEGACY_SSE or Transport.HTTP in check.scenario.transports


async def _audited(check: Check, faults: Sequence[str], options: Options) -> Report:
    bench = check.scenario.bench
    if not _over_http(check):
        return await audit(stdio_reference(faults, bench), options=options)
    with served(faults, bench) as target:
        return await audit(target, options=options)


def _examples(check: Check, pair: Pair) -> Iterator[Example]:
    """Yield an example for each piece of evidence, those in which a difference shows first, then the newest."""
    by_id = {exchange.id: exchange for exchange in pair.broken.exchanges}
    found: list[Example] = []
    for result in sorted(pair.broken.results, key=lambda result: result.revision, reverse=True):
        if result.check != check.id or result.status is not Status.FAIL:
            continue
        for exchange in (by_id[name] for name in result.evidence if name in by_id):
            twin = _twin(exchange, pair)
            before, after = answers(exchange, twin) if twin is not None else answers(exchange, exchange)
            finding = stable(result.message)
            transport = exchange.transport.value
            found.append(Example(check.id, str(result.revision), transport, finding, asked(exchange), before, after))
    yield from sorted(found, key=lambda example: not example.after)


def _twin(exchange: Exchange, pair: Pair) -> Exchange | None:
    """Return what the clean server said to the same: by the request's text, or by its place in the conversation."""
    mine = [other for other in pair.broken.exchanges if _kind(other) == _kind(exchange)]
    theirs = [other for other in pair.clean.exchanges if _kind(other) == _kind(exchange)]
    text = asked(exchange)
    same = [other for other in theirs if asked(other) == text]
    if same:
        place = [other.id for other in mine if asked(other) == text].index(exchange.id)
        return same[min(place, len(same) - 1)]
    place = [other.id for other in mine].index(exchange.id)
    return theirs[place] if place < len(theirs) else None


def _kind(exchange: Exchange) -> tuple[str, str, str, str | None]:
    return exchange.scenario, exchange.revision, exchange.sent.verb, exchange.sent.method


def write(examples: Iterable[Example]) -> None:
    """Write the files of the areas that the examples belong to; forget checks that are gone."""
    known = {check.id for check in CATALOGUE.checks}
    by_area: dict[str, dict[str, Example]] = {}
    for example in examples:
        area = example.check.partition("/")[0]
        by_area.setdefault(area, dict(load_area(area)))[example.check] = example
    for area, kept in by_area.items():
        tables = [_table(example) for name, example in sorted(kept.items()) if name in known]
        head = "# Recorded from the reference server by `python -m tests.e2e.record_examples`: do not edit.\n"
        (DIRECTORY / f"{area}.toml").write_text("\n".join([head, *tables]), encoding="utf-8")


def _table(example: Example) -> str:
    pairs = [(field.name, str(getattr(example, field.name))) for field in fields(example) if field.name != "check"]
    return "\n".join([f'["{example.check}"]', *(f"{name} = {_text(value)}" for name, value in pairs), ""])


def _text(value: str) -> str:
    """Return a TOML string: literal, over several lines where it has them, unless it holds what ends one."""
    if "'''" in value or value.endswith("'") or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found.group()):04x}", escaped) + '"'
    if "\n" in value:
        return f"'''\n{value}'''"
    return f"'{value}'" if "'" not in value else f"'''{value}'''"


async def main(globs: Sequence[str]) -> int:
    """Record every check that matches; write after each area, and say which show no difference, or nothing."""
    chosen = [check for check in CATALOGUE.checks if not globs or any(fnmatchcase(check.id, glob) for glob in globs)]
    missing = 0
    for number, check in enumerate(sorted(chosen, key=lambda check: check.id), start=1):
        example = await record(check)
        load_area.cache_clear()
        if example is not None:
            write([example])
        note = "not found" if example is None else "" if example.after else "no difference to show"
        missing += example is None
        sys.stderr.write(f"{number}/{len(chosen)} {check.id} {note}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(anyio.run(main, sys.argv[1:]))
