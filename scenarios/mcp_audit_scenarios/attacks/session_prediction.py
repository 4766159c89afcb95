"""Can the next session id be computed from those before it? Sixty are drawn, and put to tests with a stated outcome.

1. Steps: ids are read as numbers (base 16, or 64). Sixty random ids have 59 different differences; one that occurs
   three times is a constant step, as of a counter or a Weyl sequence.
2. Generators: for x' = a·x + c mod m, the numbers d(n+2)·d(n) - d(n+1)² of successive differences d are all multiples
   of m, so that their common divisor is large (Knuth, Seminumerical Algorithms, 3.2.1). That of random ones is tiny.
3. Places: for each character, three ways to foretell it are tried (the commonest, that of the id before, that of the id
   before moved on by the last change). What is foretold beyond chance, by the lower bound of Wilson's interval at four
   standard deviations, is taken off its bits. Less than 64 bits that nobody can foretell are too few.
"""

import itertools
import math
import re
from collections import Counter
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
)
from mcp_audit_harness.probe import Probe

from ..conformance.sessions import varying_bits
from ..conformance.streamable_http import STREAMABLE_SESSIONS
from .evidence import passed_if_answered
from .occasions import newest_of_era

DRAWN, FEWEST = 60, 50
_ENOUGH_BITS = 64.0
_DEVIATIONS = 4.0
_SAME_STEPS = 3
_LEAST_MODULUS = 1 << 16
_ALPHABETS = (
    ("0123456789", "[0-9]+"),
    ("0123456789abcdef", "[0-9a-f]+|[0-9A-F]+"),
    ("0123456789abcdefghijklmnopqrstuvwxyz", "[0-9a-z]+|[0-9A-Z]+"),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=.~", ".+"),
)


@dataclass(frozen=True, slots=True)
class ManyIds:
    """Initialize exchanges in a row, each session ended before the next is opened."""

    openings: tuple[Exchange, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that were assigned, in order."""
        found = (opening.header("mcp-session-id") for opening in self.openings if opening.ok)
        return tuple(name for name in found if name is not None)


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, needs=(newest_of_era,), timeout_s=60.0, thorough=True)
async def many_ids(probe: Probe) -> ManyIds:
    first = await probe.initialize()
    if not first.ok:
        raise Unobservable("an ordinary initialize was refused", first)
    if first.header("mcp-session-id") is None:
        return ManyIds((first,))
    return ManyIds((first, *[await probe.initialize() for _ in range(DRAWN - 1)]))


@check(
    many_ids,
    id="sessions/next-id-follows",
    title="The next session id can be computed from the ones before",
    requirements=("transports/session-id-secure", "security-best-practices/session-id-csprng"),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Draw every id from a secure random generator, with at least 128 bits; never from a clock or counter.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2025-6515",
        "https://cwe.mitre.org/data/definitions/340.html",
        "https://csrc.nist.gov/pubs/sp/800/90/b/final",
    ),
)
def next_id_follows(seen: ManyIds) -> Verdict:
    """Long ids need not be secure: a counter that is multiplied, a clock, or the generator that a language has for
    games all look random. Who opens a session learns an id, and with it those of the next clients.

    Sixty ids in a row are put to three tests, which the finding names: steps that recur, the arithmetic of linear
    generators, and how well each character can be foretold. They are generous; ids that pass may still be weak.
    """
    ids = tuple(dict.fromkeys(seen.ids))
    evidence = (*seen.openings[:1], *seen.openings[-2:])
    if not seen.ids:
        return not_applicable("the server assigns no session ids", *evidence)
    if len(ids) < FEWEST:
        return not_observed(f"only {len(ids)} different session ids were assigned, and {FEWEST} are needed", *evidence)
    if varying_bits(ids) < _ENOUGH_BITS:
        return not_observed("too few places of the ids vary at all, which is a finding of its own", *evidence)
    rule = step_that_recurs(ids) or modulus_of(ids) or foretold(ids)
    if rule:
        return failed(f"Of {len(ids)} session ids in a row, {rule}.", *evidence)
    return passed_if_answered(
        *evidence, message=f"{len(ids)} ids: no step recurs, no linear generator, no place can be foretold"
    )


def step_that_recurs(ids: Sequence[str]) -> str:
    """Return in words the difference that occurs too often, or nothing."""
    numbers = _numbers(ids)
    width = max(numbers, default=0).bit_length()
    steps = Counter((later - earlier) % (1 << width) for earlier, later in itertools.pairwise(numbers))
    step, times = steps.most_common(1)[0] if steps else (0, 0)
    if times < _SAME_STEPS:
        return ""
    return f"{times} follow the one before by the same step of {step:#x} (modulo 2 to the power of {width})"


def modulus_of(ids: Sequence[str]) -> str:
    """Return in words the linear generator that made the ids, or nothing."""
    steps = [later - earlier for earlier, later in itertools.pairwise(_numbers(ids))]
    triples = zip(steps, steps[1:], steps[2:], strict=False)
    divisor = math.gcd(*(third * first - second * second for first, second, third in triples))
    if divisor < _LEAST_MODULUS:
        return ""
    return f"all come from one linear generator: {divisor:#x} is a multiple of its modulus"


def foretold(ids: Sequence[str]) -> str:
    """Return in words how few bits of the ids nobody can foretell, or nothing if they are enough."""
    bits = sum(_bits(column) for column in zip(*_folded(ids), strict=False) if len(set(column)) > 1)
    if bits >= _ENOUGH_BITS:
        return ""
    return f"the characters can be foretold from earlier ones so often that {bits:.0f} bits are left to chance"


def _bits(column: Sequence[str]) -> float:
    """Return the bits of one place that none of three ways foretells."""
    alphabet = _alphabet("".join(column))
    chance = 1 / min(len(alphabet), len(set(column)) if len(set(column)) <= 4 else len(alphabet))
    places = [alphabet.find(character) for character in column]
    commonest = Counter(places).most_common(1)[0][1] / len(places)
    same = sum(earlier == later for earlier, later in itertools.pairwise(places)) / (len(places) - 1)
    moved = sum(
        (second - first) % len(alphabet) == (third - second) % len(alphabet)
        for first, second, third in zip(places, places[1:], places[2:], strict=False)
    ) / (len(places) - 2)
    sure = max(_at_least(rate, len(places)) for rate in (commonest, same, moved))
    return -math.log2(max(sure, chance))


def _at_least(rate: float, count: int) -> float:
    """Return the lower bound of Wilson's interval for a rate that was seen `count` times."""
    square = _DEVIATIONS**2 / count
    middle, half = rate + square / 2, _DEVIATIONS * math.sqrt(rate * (1 - rate) / count + square / (4 * count))
    return max(0.0, (middle - half) / (1 + square))


def _numbers(ids: Sequence[str]) -> list[int]:
    """Read ids as numbers: without dashes, in the smallest alphabet that has all their characters."""
    plain = _folded([name.replace("-", "") for name in ids])
    alphabet = _alphabet("".join(plain))
    return [_number(name, alphabet) for name in plain]


def _folded(ids: Sequence[str]) -> list[str]:
    """Return ids of one case, where case tells nothing, in small letters."""
    text = "".join(ids)
    return [name.lower() for name in ids] if text.upper() == text or text.lower() == text else list(ids)


def _number(name: str, alphabet: str) -> int:
    value = 0
    for character in name:
        value = value * len(alphabet) + max(alphabet.find(character), 0)
    return value


def _alphabet(text: str) -> str:
    return next(
        alphabet for alphabet, pattern in _ALPHABETS if re.fullmatch(pattern, text, re.DOTALL) or pattern == ".+"
    )
