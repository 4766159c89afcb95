"""Completions that look at what was filled in before: for the gap analysis."""

from mcp_audit_harness.declare import feature
from mcp_audit_harness.model import Priority, Sighting, implemented, unseen

from .completion_inputs import Dependences, dependences, depends


@feature(
    dependences,
    id="completion/context",
    title="Completion in the context of other arguments",
    since="2025-06-18",
    page="server/utilities/completion#requesting-completions",
    priority=Priority.LOW,
    remediation="Look at params.context.arguments: suggest what fits the arguments that are filled in already.",
)
def context(seen: Dependences) -> Sighting:
    """Of a thousand values only those are suggested that fit what was chosen before: repositories of an owner, say."""
    found = next((one for one in seen.tried if depends(one)), None)
    if found is not None:
        return implemented(f"the suggestions for {found.subject} differ by its value", *found.answers)
    if seen.tried:
        return unseen("suggestions did not differ by the argument before; it may be that they need not")
    return unseen("no listed prompt has two arguments of which the first has several suggestions")
