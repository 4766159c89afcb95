"""When to attack: what does not depend on the revision is tried once, or once for each era, and not at all five."""

from mcp_audit_harness.model import Revision, Verdict, not_applicable
from mcp_audit_harness.probe import Probe


def newest_only(probe: Probe) -> Verdict | None:
    """Need the newest revision that the target offers."""
    newest = probe.survey.revisions[-1]
    return None if probe.revision is newest else not_applicable(f"judged once for the whole run, at {newest}")


def newest_of_era(probe: Probe) -> Verdict | None:
    """Need the newest revision that the target offers of its era: the last with a handshake, the last without."""
    newest = _newest_like(probe)
    return None if probe.revision is newest else not_applicable(f"judged once for each era, at {newest}")


def _newest_like(probe: Probe) -> Revision:
    return [revision for revision in probe.survey.revisions if revision.era is probe.revision.era][-1]
