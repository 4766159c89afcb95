"""Texts that begin with dashes, where a server hands them to a program that takes them for options."""

import re
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import Category, Exchange, Impact, Severity, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

from .injection import NO_TEXT, text_slots
from .occasions import newest_only
from .tries import Place, Try, ask, ask_afresh, is_slow, succeeded, text

_COMPLAINT: Final = re.compile(
    r"\b(unknown|unrecogni[sz]ed|invalid|illegal|unexpected|no such) (command[- ]line )?"
    r"(option|switch|flag|argument)s?\b[^a-z]{0,12}[`'\"\u2018]?-{0,2}",
    re.IGNORECASE,
)
_USAGE: Final = re.compile(r"\busage: [a-z]|\b[a-z][a-z-]{1,20} version \d+\.\d+", re.IGNORECASE)
_OPTION, _VERSION = "an unknown option", "--version"


@dataclass(frozen=True, slots=True)
class Options:
    """Places for texts: a marker, the marker as an option, and an option that most programs have."""

    places: tuple[Place, ...]


@scenario(needs=(callable_tool, newest_only), impact=Impact.PROBING, timeout_s=60.0, thorough=True)
async def options(probe: Probe) -> Options:
    places = []
    for slot in text_slots(probe):
        marker = f"mcpaudit{probe.rng.randrange(10**6, 10**7)}"
        control = await ask(probe, slot, marker)
        if is_slow(control):
            continue
        tries = []
        for how, value in ((_OPTION, f"--{marker}"), (_VERSION, "--version")):
            answer = await ask(probe, slot, value)
            again = await ask_afresh(probe, slot, value) if _told(how, answer, control, marker) else None
            tries.append(Try("option", how, answer, marker, again))
        places.append(Place(slot.subject, slot.label, control, tuple(tries)))
    return Options(tuple(places))


def _told(how: str, answer: Exchange, control: Exchange, marker: str) -> bool:
    """Whether a parser of options answered: it complains of the marker, or tells a version that was not told before."""
    found, plain = text(answer).replace("\\\\", "\\"), text(control)
    if how == _OPTION:
        return _complains(found, marker) and not _complains(plain, marker)
    return _USAGE.search(found) is not None and _USAGE.search(plain) is None


def _complains(said: str, marker: str) -> bool:
    """Whether a text calls the marker an option that is not known."""
    after = (said[match.end() :] for match in _COMPLAINT.finditer(said))
    return any(rest.lstrip("-'\"`\\: ").startswith(marker) for rest in after)


@check(
    options,
    id="injection/reads-text-as-option",
    title="Text of a caller is read as an option of a program",
    requirements=("tools/validate-tool-inputs",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Put -- before texts of callers on a command line, and refuse those that begin with a dash.",
    references=(
        "https://cwe.mitre.org/data/definitions/88.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-68144",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-39884",
    ),
)
def reads_text_as_option(seen: Options) -> Verdicts:
    """Many programs have options that write files or run others (`git diff --output=…`). Without a shell a caller
    cannot add words, but a word of his that begins with a dash may become an option. The sign is the complaint of a
    parser of options about a random one, or a version, twice; servers that hide errors show neither, so a PASS says
    only that none was seen.
    """
    failures = []
    for place in seen.places:
        for one in place.tries:
            if one.again is not None and _told(one.how, one.again, place.control, one.proof):
                message = f"Likely a program took the argument {place.label} for an option: it answered {one.how}."
                failures.append(failed(message, one.exchange, one.again, place.control, subject=place.subject))
                break
    working = [place for place in seen.places if succeeded(place.control)]
    answered = [one.exchange for place in working for one in place.tries if one.exchange.answered]
    return failures or (passed(*answered[:10]) if answered else not_observed(NO_TEXT))
