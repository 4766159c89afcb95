"""Files that a target must not show: asked for wherever it takes a path, in every spelling that may slip by.

With `--plant-dir` the proof is a random text (of a directory: a random name) that only who reads the file can know, and
the control is a file that may be read. Without it the proof is the first line of a file that every host has.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, scenario
from mcp_audit_harness.model import Exchange, Impact, Planted, Verdict, failed, not_applicable, not_observed, passed
from mcp_audit_harness.probe import Probe

from .occasions import newest_of_era
from .path_arguments import readers
from .path_callers import Callers, Way, callers, lists_files, ways
from .path_forms import DIRECT, HOST_LINE, Attack, directory_attacks, file_attacks, host_attacks, missing_beside
from .uri_templates import templates

GRANT: Final = (
    "whether files outside of a directory can be read shows only where some are planted: start the target with a"
    " directory that it may read, and name that with --plant-dir"
)
NOT_READ: Final = "nothing that takes a path read the planted file by its path, URI or name, so refusals prove nothing"
_CONSENT: Final = "tools that take paths are not called without consent; allow some with --tool NAME or --call all"
_MOST_TRIED, _MOST_FILES, _MOST_DIRECTORIES, _MOST_UNPLANTED = 16, 3, 2, 2
_MOST_SHOWN: Final = 6
_FIRST_LINE: Final = re.compile(r"(?:^|\\n|[\"\n ])root:[^:\\\n]{0,80}:0:0:")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attack on one place, and what came back."""

    kind: str
    how: str
    proof: str
    exchange: Exchange
    again: Exchange | None = None
    """The same in a new session, where the first answer held the proof."""

    @property
    def told(self) -> bool:
        """Whether both answers hold what only the file could tell."""
        return self.again is not None and tells(self.exchange, self.proof) and tells(self.again, self.proof)


@dataclass(frozen=True, slots=True)
class Place:
    """Something that takes a path, and all that was asked of it."""

    subject: str
    limit: str
    """What says that it is kept to a directory; empty where nothing does."""
    control: Exchange | None
    """A read that is allowed, and worked; None where nothing was planted."""
    missing: Exchange
    """The read of what does not exist, beside what the first attempt asked for."""
    attempts: tuple[Attempt, ...]
    repeated: tuple[Exchange, ...] = ()
    """The first attempt and the read of what does not exist, once more."""

    def of(self, *kinds: str) -> list[Attempt]:
        """Return the attempts of some kinds."""
        return [attempt for attempt in self.attempts if attempt.kind in kinds]

    @property
    def open(self) -> bool:
        """Whether it reads files outside by their own path, so that ways around prove nothing."""
        return any(attempt.told for attempt in self.of(DIRECT))

    @property
    def controls(self) -> tuple[Exchange, ...]:
        """The evidence beside every attack."""
        return (*([self.control] if self.control else []), self.missing)


@dataclass(frozen=True, slots=True)
class Reads:
    """Every place that was attacked."""

    places: tuple[Place, ...]
    planted: bool
    tried: tuple[Exchange, ...] = ()
    """Controls that did not work."""


def takes_paths(probe: Probe) -> Verdict | None:
    """Need a tool with a path among its arguments, a template of paths, or a listed file."""
    offer = probe.offer
    if readers(offer.tools) or lists_files(offer.resources):
        return None
    if any(template.takes_path for template in templates(offer.resource_templates)):
        return None
    return not_applicable("no tool, template or resource of the server takes a path")


@scenario(needs=(newest_of_era, takes_paths), impact=Impact.PROBING, timeout_s=90.0, bench=Bench.PLANTED, thorough=True)
async def outside_reads(probe: Probe) -> Reads:
    """Read what is allowed, to find the form that each place wants; then what is not, in that form."""
    planted = probe.plant() if probe.consent.plant_dir else None
    found = list(ways(probe, planted.directory if planted else ""))
    if not found:
        raise Unobservable(_CONSENT)
    async with callers(probe, planted.directory if planted else "") as by:
        if planted is None:
            places = [await _attacked(way, by, list(host_attacks()), None) for way in _first(found, _MOST_UNPLANTED)]
            return Reads(tuple(places), planted=False)
        return await _around(planted, found, by)


def _first(found: Iterable[Way], most: int) -> list[Way]:
    """Return the first ways, one for each subject."""
    by_subject: dict[str, Way] = {}
    for way in found:
        by_subject.setdefault(way.subject, way)
    return list(by_subject.values())[:most]


async def _around(planted: Planted, found: Iterable[Way], by: Callers) -> Reads:
    """Attack each way that reads the planted file, or lists the planted directory."""
    files: list[Place] = []
    directories: list[Place] = []
    tried: list[Exchange] = []
    for way in list(found)[:_MOST_TRIED]:
        if any(place.subject == way.subject for place in (*files, *directories)):
            continue
        for spell in way.spellings:
            control = await by.call(way.method, way.params(spell(planted.inside.path)))
            if len(files) < _MOST_FILES and tells(control, planted.inside.text):
                files.append(await _attacked(way, by, list(file_attacks(planted, spell)), control))
                break
            tried.append(control)
            listing = await by.call(way.method, way.params(spell(planted.directory) or "."))
            if len(directories) < _MOST_DIRECTORIES and tells(listing, planted.inside.name):
                directories.append(await _attacked(way, by, list(directory_attacks(planted, spell)), listing))
                break
    return Reads((*files, *directories), planted=True, tried=tuple(tried[:_MOST_SHOWN]))


async def _attacked(way: Way, by: Callers, attacks: Sequence[Attack], control: Exchange | None) -> Place:
    """Attack one place; what looks like a success is tried once more in a new session."""
    absent = missing_beside(attacks[0].value)
    missing = await by.call(way.method, way.params(absent))
    attempts: list[Attempt] = []
    for attack in attacks:
        params = way.params(attack.value)
        seen = await by.call(way.method, params)
        again = await by.again(way.method, params) if tells(seen, attack.proof) else None
        attempts.append(Attempt(attack.kind, attack.how, attack.proof, seen, again))
    repeated = [await by.call(way.method, way.params(value)) for value in (attacks[0].value, absent)]
    return Place(way.subject, way.limit, control, missing, tuple(attempts), tuple(repeated))


def tells(exchange: Exchange, proof: str) -> bool:
    """Whether an answer holds a text, also as base64 or as the first line of the file that is told by it."""
    return any(
        _FIRST_LINE.search(text) if proof == HOST_LINE else proof in text
        for response in exchange.responses
        for text in _texts(response)
    )


def _texts(value: object) -> Iterator[str]:
    """Yield every string in a JSON value, those that hold base64 decoded as well."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            for name, member in inner.items():
                waiting.append(member)
                if name in {"blob", "data"} and isinstance(member, str):
                    yield _decoded(member)
        elif isinstance(inner, list):
            waiting.extend(inner)
        elif isinstance(inner, str):
            yield inner


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def judged(seen: Reads, *kinds: str, sentence: str, by_itself: bool = False) -> Verdicts:
    """Judge the attempts of some kinds: a FAIL for each place that told what it must not.

    `sentence` says so, with `{how}` for the way. Where a file is read by its own path ways around it prove nothing,
    unless the attempts stand `by_itself`: then what they tell is read by no other name.
    """
    failures: list[Verdict] = []
    refused: list[Exchange] = []
    open_places: list[Exchange] = []
    for place in seen.places:
        if place.open and not by_itself:
            open_places.extend(attempt.exchange for attempt in place.of(DIRECT) if attempt.told)
            continue
        told = [attempt for attempt in place.of(*kinds) if attempt.told]
        if told:
            failures.append(_failure(place, told, sentence))
        refused += [attempt.exchange for attempt in place.of(*kinds) if attempt.exchange.answered]
    if failures:
        return failures
    if not seen.places:
        return not_observed(NOT_READ, *seen.tried)
    if not any(place.of(*kinds) for place in seen.places):
        return not_observed("only directories could be listed, which shows nothing of how files are read", *seen.tried)
    if not refused and open_places:
        return not_observed("files outside are read by their own path, so ways around prove nothing", *open_places[:2])
    if not seen.planted:
        return not_observed(GRANT, *refused[:_MOST_SHOWN])
    controls = [place.control for place in seen.places if place.control is not None]
    return passed(*refused[:_MOST_SHOWN], *controls) if refused else not_observed("no answer came", *controls)


def _failure(place: Place, told: list[Attempt], sentence: str) -> Verdict:
    first = told[0]
    others = f" (and {len(told) - 1} more ways)" if len(told) > 1 else ""
    again = [first.again] if first.again is not None else []
    text = sentence.format(how=first.how, limit=place.limit) + others
    return failed(f"{text}.", first.exchange, *again, *place.controls, subject=place.subject)
