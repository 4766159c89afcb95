"""What one engine saw in a source tree."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import SourceFinding, SourceRule, Unrun


@dataclass(frozen=True, slots=True)
class Looked:
    """The rules that looked at something, what they found, and what did not look although it was to."""

    rules: tuple[SourceRule, ...] = ()
    findings: tuple[SourceFinding, ...] = ()
    unrun: tuple[Unrun, ...] = ()


def together(every: Iterable[Looked]) -> Looked:
    """Return what several engines saw as one."""
    seen = tuple(every)
    rules = {rule.id: rule for looked in seen for rule in looked.rules}
    return Looked(
        tuple(rules.values()),
        tuple(finding for looked in seen for finding in looked.findings),
        tuple(item for looked in seen for item in looked.unrun),
    )
