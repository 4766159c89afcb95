"""Whether a server with two eras guards both: the old handshake must not be the way around the new rules."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    STATELESS,
    Category,
    Era,
    Exchange,
    Impact,
    Revision,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Headers, Probe, Session

from ..conformance.trials import served
from .rebinding import ATTACKER

_ATTACKS: tuple[tuple[str, Headers], ...] = (
    ("a foreign Origin", {"origin": f"https://era.{ATTACKER}"}),
    ("a foreign Host", {"host": f"era.{ATTACKER}"}),
    ("a form of a web page", {"content-type": "text/plain;charset=era"}),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One attack in both eras, twice in each."""

    name: str
    older: tuple[Exchange, ...]
    newer: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Guards:
    """The plain request of each era, and each attack on it."""

    older_control: Exchange
    newer_control: Exchange
    pairs: tuple[Pair, ...]


def _both_eras(probe: Probe) -> Verdict | None:
    """Need a server of both eras."""
    has_older = any(revision.era is Era.HANDSHAKE for revision in probe.survey.revisions)
    return None if has_older else not_applicable("the server has one era only")


@scenario(spec=STATELESS, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(_both_eras,), thorough=True)
async def guards(probe: Probe) -> Guards:
    older = [revision for revision in probe.survey.revisions if revision.era is Era.HANDSHAKE][-1]
    async with probe.session(revision=older) as before, probe.session(revision=Revision.V2026_07_28) as after:
        if not before.usable:
            raise Unobservable("no session of the older era could be opened")

        async def ask(session: Session, headers: Headers | None = None) -> Exchange:
            return await session.request("ping" if session is before else "server/discover", headers=headers)

        pairs = []
        for name, headers in _ATTACKS:
            old, new = [await ask(before, headers)], [await ask(after, headers)]
            if served(old[0]) is not served(new[0]):
                old.append(await ask(before, headers))
                new.append(await ask(after, headers))
            pairs.append(Pair(name, tuple(old), tuple(new)))
        return Guards(await ask(before), await ask(after), tuple(pairs))


@check(
    guards,
    id="eras/one-is-guarded-less",
    title="What one era refuses, the other serves",
    requirements=("eras/one-server",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Check origins, hosts, types and credentials before it is decided which era a request is of.",
    references=("https://cwe.mitre.org/data/definitions/757.html",),
)
def one_is_guarded_less(seen: Guards) -> Verdicts:
    """An attacker chooses the era. A server that guards the new way only is as open as the old one was."""
    if not (served(seen.older_control) and served(seen.newer_control)):
        return not_observed("one era does not serve an ordinary request", seen.older_control, seen.newer_control)
    found = [
        failed(
            f"A request with {pair.name} is served in one era and refused in the other.",
            *pair.older,
            *pair.newer,
            seen.older_control,
            seen.newer_control,
            subject=f"attack:{pair.name.replace(' ', '-')}",
        )
        for pair in seen.pairs
        if len(pair.older) > 1 and _differs(pair)
    ]
    answered = [one for pair in seen.pairs for one in (*pair.older, *pair.newer) if one.answered]
    return found or (passed(*answered) if answered else not_observed("no answer came", seen.older_control))


def _differs(pair: Pair) -> bool:
    kinds = [{served(one) for one in side} for side in (pair.older, pair.newer)]
    refused = all(one.refused for one in (*pair.older, *pair.newer) if not served(one))
    return refused and all(len(kind) == 1 for kind in kinds) and kinds[0] != kinds[1]
