"""Files that appear where a target must not write: made through its writing tools, found on the disk."""

import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Effort,
    Exchange,
    Impact,
    JsonObject,
    Planted,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .occasions import newest_of_era
from .path_arguments import PathArgument, writers
from .path_callers import Callers, callers
from .path_forms import Spell, absolute, as_uri, relative_to

_MOST_TRIED, _MOST_ATTACKED = 6, 3
_ENDINGS: Final = (".txt", ".md", ".json")
_BEFORE: Final = "mcp-audit put this here\n"
_NOT_WRITTEN: Final = "no tool that may be called wrote into the planted directory, so refusals prove nothing"
_CONSENT: Final = "tools that write are not called without consent; allow some with --tool NAME or --call all"


@dataclass(frozen=True, slots=True)
class Write:
    """One attempt to write, and whether the disk shows it."""

    how: str
    exchange: Exchange
    appeared: bool
    again: Exchange | None = None
    """The same with another name in a new session, if that appeared, too."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A tool that wrote where it may, and what it did elsewhere."""

    subject: str
    control: Exchange
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Writes:
    """Every tool that could be made to write."""

    writers: tuple[Writer, ...]
    tried: tuple[Exchange, ...]


def takes_writes(probe: Probe) -> Verdict | None:
    """Need a tool that makes files and takes a path."""
    return None if writers(probe.offer.tools) else not_applicable("no tool of the server makes files")


@scenario(needs=(newest_of_era, takes_writes), impact=Impact.INTRUSIVE, timeout_s=60.0, bench=Bench.PLANTED)
async def outside_writes(probe: Probe) -> Writes:
    """Write a new file where it is allowed, then elsewhere; take everything away again."""
    planted = probe.plant()
    tools = writers(probe.callable_tools())[:_MOST_TRIED]
    if not tools:
        raise Unobservable(_CONSENT)
    tried: list[Exchange] = []
    done: list[Writer] = []
    async with callers(probe, planted.directory) as by:
        for tool in tools:
            trial = _Trial(probe, planted, by, tool)
            form = await trial.form(tried)
            if form is not None and len(done) < _MOST_ATTACKED:
                spell, ending, control = form
                done.append(Writer(tool.subject, control, tuple([one async for one in trial.attacks(spell, ending)])))
    return Writes(tuple(done), tuple(tried[:_MOST_TRIED]))


@dataclass(frozen=True, slots=True)
class _Trial:
    probe: Probe
    planted: Planted
    by: Callers
    tool: PathArgument

    async def form(self, tried: list[Exchange]) -> tuple[Spell, str, Exchange] | None:
        """Return in which spelling and with which ending the tool writes into the directory; None if it does not."""
        for spell in (absolute, relative_to(self.planted.directory), as_uri):
            for ending in _ENDINGS:
                path = Path(self.planted.directory) / self._name(ending)
                with _watched(path):
                    control = await self.by.call("tools/call", self._params(spell(str(path))))
                    if path.exists():
                        return spell, ending, control
                tried.append(control)
        return None

    async def attacks(self, spell: Spell, ending: str) -> AsyncIterator[Write]:
        """Yield every way outside."""
        for how, home, real in self._ways():
            appeared, exchange = await self._write(spell, home, real, ending)
            if not appeared:
                yield Write(how, exchange, appeared=False)
                continue
            fresh, again = await self._write(spell, home, real, ending, fresh=True)
            yield Write(how, exchange, appeared=True, again=again if fresh else None)
        yield await self._through_link(spell, ending)

    def _ways(self) -> Iterator[tuple[str, str, Path]]:
        """Yield the directory as it is written, and where it really is."""
        home, elsewhere = self.planted.directory, Path(self.planted.beyond.path).parent
        yield "its own path", str(elsewhere), elsewhere
        yield "dots", home + "/.." * 12 + str(elsewhere), elsewhere
        yield "a linked directory", str(Path(self.planted.through.path).parent), elsewhere
        if self.planted.sibling is not None:
            sibling = Path(self.planted.sibling.path).parent
            yield "a directory whose name begins alike", str(sibling), sibling
            yield "dots to the parent", f"{home}/..", sibling.parent

    async def _write(
        self, spell: Spell, home: str, real: Path, ending: str, *, fresh: bool = False
    ) -> tuple[bool, Exchange]:
        name = self._name(ending)
        with _watched(real / name):
            call = self.by.again if fresh else self.by.call
            exchange = await call("tools/call", self._params(spell(f"{home}/{name}")))
            return (real / name).exists(), exchange

    async def _through_link(self, spell: Spell, ending: str) -> Write:
        """Write to a link in the directory that leads to a file outside."""
        target = Path(self.planted.beyond.path).parent / self._name(ending)
        link = Path(self.planted.directory) / self._name(ending)
        with _watched(target), _watched(link):
            _link(link, target)
            exchange = await self.by.call("tools/call", self._params(spell(str(link))))
            if not _changed(target):
                return Write("a link to a file", exchange, appeared=False)
            _link(link, target)
            again = await self.by.again("tools/call", self._params(spell(str(link))))
            return Write("a link to a file", exchange, appeared=True, again=again if _changed(target) else None)

    def _name(self, ending: str) -> str:
        return f"mcp-audit-{self.probe.rng.getrandbits(48):012x}{ending}"

    def _params(self, value: str) -> JsonObject:
        return {"name": self.tool.tool["name"], "arguments": self.tool.writing(value)}


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    target.write_text(_BEFORE, encoding="utf-8")
    link.symlink_to(target)


def _changed(target: Path) -> bool:
    return not target.is_file() or target.read_text(encoding="utf-8", errors="replace") != _BEFORE


@contextlib.contextmanager
def _watched(path: Path) -> Iterator[None]:
    """Take away afterwards what was made under a name that nobody else uses."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


@check(
    outside_writes,
    id="paths/writes-outside",
    title="Files are written outside of the allowed directory",
    requirements=("tools/validate-tool-inputs", "paths/confine-writes"),
    severity=Severity.CRITICAL,
    category=Category.SECURITY,
    remediation="Resolve the directory that is written to, links included, and create the file relative to it.",
    references=(
        "https://cwe.mitre.org/data/definitions/22.html",
        "https://cwe.mitre.org/data/definitions/73.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-68143",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-27825",
    ),
    effort=Effort.MEDIUM,
)
def writes_outside(seen: Writes) -> Verdicts:
    """Who can write anywhere writes a start-up file, a key or a hook, and runs code as the user of the target. The
    proof is on the disk: a new file, or a changed one, of a random name, in temporary directories of ours only. What
    the target says about it does not count.
    """
    failures: list[Verdict] = []
    refused: list[Exchange] = []
    for writer in seen.writers:
        outside = [write for write in writer.writes if write.appeared and write.again is not None]
        if outside:
            first = outside[0]
            again = [first.again] if first.again is not None else []
            text = f"A file was written outside of the directory by {first.how}."
            failures.append(failed(text, first.exchange, *again, writer.control, subject=writer.subject))
        refused += [write.exchange for write in writer.writes if write.exchange.answered]
    if failures:
        return failures
    if not seen.writers:
        return not_observed(_NOT_WRITTEN, *seen.tried)
    return passed(*refused[:6], *(writer.control for writer in seen.writers)) if refused else not_observed("no answer")
