"""A directory that turns into a link between the look at a path and the use of it (CWE-367)."""

import contextlib
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Effort,
    Exchange,
    Impact,
    Planted,
    Severity,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .occasions import newest_of_era
from .path_callers import Callers, Way, callers, ways
from .path_forms import Spell
from .path_reads import NOT_READ, takes_paths, tells

_RACE_S: Final = 4.0
_MOST_READS, _MOST_TRIED = 1_500, 10
_STAY_S: Final = 0.0004


@dataclass(frozen=True, slots=True)
class Race:
    """Reads of a file in a directory that is swapped for a link all the while."""

    subject: str
    control: Exchange
    linked: Exchange
    """The same file by a link that stays: has to be refused."""
    linked_told: bool
    reads: int
    won: tuple[Exchange, ...]
    """Reads that told the file outside; at most two."""
    last: Exchange


@scenario(needs=(newest_of_era, takes_paths), impact=Impact.INTRUSIVE, timeout_s=60.0, alone=True, bench=Bench.PLANTED)
async def swapped_directory(probe: Probe) -> Race:
    """Read a file over and over while its directory is swapped for a link to another one."""
    planted = probe.plant()
    async with callers(probe, planted.directory) as by:
        way, spell, control = await _reader(probe, planted, by)
        linked = await by.call(way.method, way.params(spell(planted.through.path)))
        if tells(linked, planted.beyond.text):
            return Race(way.subject, control, linked, True, 0, (), linked)
        won: list[Exchange] = []
        reads, last = 0, linked
        with _swapping(planted) as path:
            deadline = time.monotonic() + _RACE_S
            while reads < _MOST_READS and len(won) < 2 and time.monotonic() < deadline:
                last = await by.call(way.method, way.params(spell(path)))
                reads += 1
                won += [last] if tells(last, planted.beyond.text) else []
        return Race(way.subject, control, linked, False, reads, tuple(won), last)


async def _reader(probe: Probe, planted: Planted, by: Callers) -> tuple[Way, Spell, Exchange]:
    tried: list[Exchange] = []
    for way in list(ways(probe, planted.directory))[:_MOST_TRIED]:
        for spell in way.spellings:
            control = await by.call(way.method, way.params(spell(planted.inside.path)))
            if tells(control, planted.inside.text):
                return way, spell, control
            tried.append(control)
    raise Unobservable(NOT_READ, *tried[:3])


@contextlib.contextmanager
def _swapping(planted: Planted) -> Iterator[str]:
    """Yield the path of a file whose directory is, by turns, one with a file of that name and a link outside."""
    home, mark = Path(planted.directory), secrets.token_hex(6)
    place, park, link = (home / f"mcp-audit-{mark}-{name}" for name in ("swap", "park", "link"))
    place.mkdir()
    (place / planted.beyond.name).write_text("allowed\n", encoding="utf-8")
    link.symlink_to(Path(planted.beyond.path).parent)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for source, target in ((place, park), (link, place), (place, link), (park, place)):
                source.rename(target)
                time.sleep(_STAY_S)

    thread = threading.Thread(target=swap, daemon=True)
    thread.start()
    try:
        yield str(place / planted.beyond.name)
    finally:
        stop.set()
        thread.join()
        for path in (place, park):
            shutil.rmtree(path, ignore_errors=True)
        link.unlink(missing_ok=True)


@check(
    swapped_directory,
    id="paths/checks-before-use",
    title="A directory that is swapped for a link after the check leads outside",
    requirements=("tools/validate-tool-inputs", "paths/confine-reads"),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Open each part relative to the one before without following links (openat, O_NOFOLLOW), then check.",
    references=("https://cwe.mitre.org/data/definitions/367.html",),
    effort=Effort.LARGE,
)
def checks_before_use(seen: Race) -> Verdicts:
    """The target looks where a path leads, then opens the path: whoever can rename things in the directory in between,
    such as a build or a cloned repository, has it open another file. Proof is the text of a file outside, told twice,
    which the same link refused to lead to as long as it stayed.
    """
    if seen.linked_told:
        return not_observed("links that stay are followed as well, so a race proves nothing", seen.linked)
    if len(seen.won) > 1:
        text = f"The file outside was told while its directory was being swapped, twice in {seen.reads} reads."
        return failed(text, *seen.won, seen.linked, seen.control, subject=seen.subject)
    if not seen.last.answered:
        return not_observed("reads were not answered while the directory was swapped", seen.last)
    return passed(seen.last, seen.linked, seen.control)
