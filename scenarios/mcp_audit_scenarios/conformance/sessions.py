"""Session ids: what they are made of, and when they are honoured (page `basic/transports`, Session Management)."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .streamable_http import STREAMABLE_SESSIONS

_DRAWN = 12
_FEWEST = 10
_ENOUGH_BITS = 64
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_NO_SESSIONS = "the server assigns no session ids"
_GUESSING = (
    "https://nvd.nist.gov/vuln/detail/CVE-2025-6515",
    "https://cwe.mitre.org/data/definitions/330.html",
)


@dataclass(frozen=True, slots=True)
class SessionIds:
    """Initialize exchanges, each ended by DELETE before the next."""

    openings: tuple[Exchange, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that were assigned, in order."""
        found = (opening.header("mcp-session-id") for opening in self.openings if opening.ok)
        return tuple(name for name in found if name is not None)


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, thorough=True)
async def session_ids(probe: Probe) -> SessionIds:
    first = await probe.initialize()
    if not first.ok:
        raise Unobservable("an ordinary initialize was refused", first)
    if first.header("mcp-session-id") is None:
        return SessionIds((first,))
    return SessionIds((first, *[await probe.initialize() for _ in range(_DRAWN - 1)]))


@check(
    session_ids,
    id="sessions/id-not-visible-ascii",
    title="A session id holds other characters than visible ASCII",
    requirements=("transports/session-id-visible-ascii",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Build session ids of the characters 0x21 to 0x7E only, such as a UUID in hexadecimal.",
)
def id_not_visible_ascii(seen: SessionIds) -> Verdict:
    """The id travels in a header. Spaces and other bytes are trimmed, re-encoded or refused on the way, and then the
    server no longer knows its session.
    """
    if not seen.ids:
        return not_applicable(_NO_SESSIONS, *seen.openings)
    for opening in seen.openings:
        name = opening.header("mcp-session-id")
        if name is not None and not _VISIBLE.fullmatch(name):
            return failed(f"The server assigned the session id {name!r}.", opening)
    return passed(*seen.openings)


@check(
    session_ids,
    id="sessions/id-repeats",
    title="Two sessions get the same id",
    requirements=("transports/session-id-secure", "derived/initialize-result-session-scope"),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Draw a new id from a secure random generator for every initialize, and never use one again.",
    references=_GUESSING,
)
def id_repeats(seen: SessionIds) -> Verdict:
    """Whoever holds the id takes part in the session. One that was given out twice lets the first holder read and
    answer in the session of the second.
    """
    if not seen.ids:
        return not_applicable(_NO_SESSIONS, *seen.openings)
    if len(seen.ids) < _FEWEST:
        return not_observed(f"only {len(seen.ids)} session ids were assigned", *seen.openings)
    for name in dict.fromkeys(seen.ids):
        shown = [opening for opening in seen.openings if opening.header("mcp-session-id") == name]
        if len(shown) > 1:
            return failed(f"The server assigned the same session id to {len(shown)} sessions.", *shown)
    return passed(*seen.openings)


@check(
    session_ids,
    id="sessions/id-guessable",
    title="Session ids can be guessed",
    requirements=(
        "transports/session-id-secure",
        "security-best-practices/secure-session-ids",
        "security-best-practices/session-id-csprng",
    ),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Use at least 128 bits of a secure random generator, such as a UUID of version 4.",
    references=_GUESSING,
)
def id_guessable(seen: SessionIds) -> Verdict:
    """Ids that are short or count upwards can be found by trying, and with them the sessions of others.

    The estimate is generous: of a dozen ids in a row, every place at which they differ counts with all the bits that
    its kind of character can carry. Places that never change carry none. Less than 64 bits are too few.
    """
    distinct = tuple(dict.fromkeys(seen.ids))
    if not seen.ids:
        return not_applicable(_NO_SESSIONS, *seen.openings)
    if len(distinct) < _FEWEST:
        return not_observed(f"only {len(distinct)} different session ids were assigned", *seen.openings)
    bits = varying_bits(distinct)
    if bits < _ENOUGH_BITS:
        message = f"Among {len(distinct)} session ids, such as {distinct[0]!r}, at most {bits:.0f} bits differ."
        return failed(message, *seen.openings)
    return passed(*seen.openings)


def varying_bits(ids: Sequence[str]) -> float:
    """Return how many bits the places at which `ids` differ can carry at most.

    Only the places that all ids have are compared. Digits count as one of 10, hexadecimal digits as one of 16, letters
    of one case with digits as one of 36, anything else as one of 64.
    """
    columns = [set(column) for column in zip(*ids, strict=False)]
    varying = [column for column in columns if len(column) > 1]
    text = "".join(character for column in varying for character in column)
    return len(varying) * math.log2(_alphabet(text))


def _alphabet(text: str) -> int:
    for pattern, size in (("[0-9]*", 10), ("[0-9a-f]*|[0-9A-F]*", 16), ("[0-9a-z]*|[0-9A-Z]*", 36)):
        if re.fullmatch(pattern, text):
            return size
    return 64
