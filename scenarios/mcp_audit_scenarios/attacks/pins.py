"""What is offered beside what the operator has reviewed and pinned: changed, added, removed since then."""

from collections.abc import Callable
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import Category, Exchange, Severity, Verdict, failed, not_applicable, not_observed, passed
from mcp_audit_harness.pins import Change, MemberChange, Pins, drift, introduction, pinned
from mcp_audit_harness.probe import Probe

from .definitions import Definitions, told_to_survey
from .spoken import info_of, shown_text

_KINDS = {"tools": "tool", "prompts": "prompt", "resources": "resource", "resourceTemplates": "template"}
_LISTS = {
    "tool": "tools/list",
    "prompt": "prompts/list",
    "resource": "resources/list",
    "template": "resources/templates/list",
}
_LOOKS = frozenset({"title", "icons", "mimeType", "websiteUrl", "name"})
"""Members that neither say what something does nor what it takes."""
_MOST_VERDICTS, _MOST_MEMBERS, _SHOWN = 10, 3, 5
_REFERENCES = ("OWASP MCP03:2025 Tool Poisoning", "https://cwe.mitre.org/data/definitions/494.html")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The pins, and what the survey was told at their revision."""

    pins: Pins
    openings: tuple[Exchange, ...]
    pages: tuple[Exchange, ...]

    def current(self) -> Pins:
        """Return pins of what is offered now."""
        result = self.openings[0].result or {} if self.openings else {}
        instructions = result.get("instructions")
        server = introduction(info_of(result), instructions if isinstance(instructions, str) else "")
        listed = Definitions(self.openings, self.pages).items()
        return pinned(self.pins.revision, server, ((_KINDS[item.kind], item.value) for item in listed))


def at_their_revision(probe: Probe) -> Verdict | None:
    """Need the revision at which the pins were taken."""
    newest = probe.survey.revisions[-1]
    if probe.pins is None or probe.pins.revision not in {str(revision) for revision in probe.survey.revisions}:
        return None if probe.revision is newest else not_applicable(f"judged once for the whole run, at {newest}")
    if str(probe.revision) != probe.pins.revision:
        return not_applicable(f"the definitions were pinned at {probe.pins.revision}")
    return None


@scenario(needs=(at_their_revision,))
async def reviewed(probe: Probe) -> Reviewed:
    """Look at what the survey was told, and at the pins."""
    if probe.pins is None:
        raise Unobservable("no pins to compare with; take them with `mcp-audit pin` and give them with --pins FILE")
    if probe.pins.revision != str(probe.revision):
        raise Unobservable(f"the pins were taken at {probe.pins.revision}, which is not audited here; pin again")
    if probe.offer.notes:
        raise Unobservable(f"not everything that is offered could be read: {probe.offer.notes[0]}")
    openings, pages = told_to_survey(probe)
    return Reviewed(probe.pins, openings, pages)


@check(
    reviewed,
    id="pins/definition-changed",
    title="Definition says something else than when it was reviewed",
    requirements=("pins/as-approved",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Read the difference; if it is right, pin again and commit the lock, else take the server out of use.",
    references=_REFERENCES,
)
def definition_changed(seen: Reviewed) -> Verdicts:
    """A server that was harmless when somebody approved it can change what its tools say, take or claim about
    themselves: a rug pull. Descriptions, schemas, hints, arguments and instructions are compared by hash; the finding
    shows the difference. Size, date and metadata of resources are left out.
    """
    return _judged(seen, "changed", lambda member: _top(member) not in _LOOKS)


@check(
    reviewed,
    id="pins/appearance-changed",
    title="Definition looks different from when it was reviewed",
    requirements=("pins/as-approved",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Look at the new title or icon; if it is right, pin again and commit the lock.",
    references=_REFERENCES,
)
def appearance_changed(seen: Reviewed) -> Verdicts:
    """People choose by titles and icons. A tool that takes over the looks of another gets its calls, while what it says
    of itself stays the same.
    """
    return _judged(seen, "changed", lambda member: _top(member) in _LOOKS)


@check(
    reviewed,
    id="pins/definition-added",
    title="Something is offered that was not there to be reviewed",
    requirements=("pins/as-approved",),
    severity=Severity.INFO,
    category=Category.SECURITY,
    remediation="Review it, pin again and commit the lock.",
    references=_REFERENCES,
)
def definition_added(seen: Reviewed) -> Verdicts:
    """New tools are the ordinary course of a release, and still nobody has approved them: clients that trust the server
    as a whole hand them to the model at once.
    """
    return _judged(seen, "added")


@check(
    reviewed,
    id="pins/definition-removed",
    title="Something that was reviewed is no longer offered",
    requirements=("pins/as-approved",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Find out whether it was given up or is out of order; then pin again and commit the lock.",
    references=_REFERENCES,
)
def definition_removed(seen: Reviewed) -> Verdicts:
    """What clients and prompts rely on is gone. Its name is free for another server to take (shadowing)."""
    return _judged(seen, "removed")


def _judged(seen: Reviewed, what: str, of_member: Callable[[MemberChange], bool] | None = None) -> Verdicts:
    shown = [one for one in (*seen.openings, *seen.pages) if one.answered]
    if not shown:
        return not_observed("the server has not said what it offers")
    failures: list[Verdict] = []
    for change in drift(seen.pins, seen.current()):
        if change.what != what:
            continue
        members = [member for member in change.members if of_member is None or of_member(member)]
        if of_member is None or members:
            failures.append(failed(_sentence(change, members), *_where(seen, change), subject=_subject(change)))
    return failures[:_MOST_VERDICTS] or passed(*shown[:_SHOWN])


def _where(seen: Reviewed, change: Change) -> tuple[Exchange, ...]:
    """Return the pages of the list in which the definition stands, or stood."""
    if change.kind == "server":
        return seen.openings or seen.pages[:1]
    method = _LISTS.get(change.kind, "")
    return tuple([page for page in seen.pages if page.sent.method == method][:_SHOWN]) or seen.openings or seen.pages


def _top(member: MemberChange) -> str:
    return member.path.partition("/")[0]


def _subject(change: Change) -> str:
    return f"{change.kind}:{shown_text(change.name, 80)}" if change.name else change.kind


def _sentence(change: Change, members: list[MemberChange]) -> str:
    if not members:
        return f"{change.what} since the definitions were pinned"
    told = "; ".join(member.sentence for member in members[:_MOST_MEMBERS])
    more = len(members) - _MOST_MEMBERS
    return f"{told}; and {more} more" if more > 0 else told
