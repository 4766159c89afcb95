"""Ways out of the directory that a target is kept to: by the plain path, dots, disguised dots, links, lookalikes."""

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import (
    Category,
    Effort,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_observed,
    passed,
)

from .path_forms import DIRECT, DOTS, ENCODED, LINK, SIBLING
from .path_reads import GRANT, NOT_READ, Place, Reads, judged, outside_reads

_SANITIZED = ("tools/validate-tool-inputs", "resources/validate-resource-uris", "resources/sanitize-file-paths")
_CWE_22 = "https://cwe.mitre.org/data/definitions/22.html"
_RESOLVE = "Resolve the whole path, links included, then open it only if it lies in an allowed directory, part by part."


@check(
    outside_reads,
    id="paths/leaves-allowed-directory",
    title="Files outside of the allowed directory are read by their own path",
    requirements=("roots/respect-root-boundaries", *_SANITIZED),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation=_RESOLVE,
    references=(
        "https://cwe.mitre.org/data/definitions/36.html",
        _CWE_22,
        "https://nvd.nist.gov/vuln/detail/CVE-2025-68145",
    ),
    effort=Effort.MEDIUM,
)
def leaves_allowed_directory(seen: Reads) -> Verdicts:
    """Somebody told the target which directory is meant: its command line, the client's roots, or its own description
    says so. It reads another one all the same, so that whoever steers the model has every file of its user. The proof
    is a random text that was planted outside.
    """
    return _by_own_path(seen, told_limit=True)


@check(
    outside_reads,
    id="paths/reads-any-file",
    title="Any file of the host can be read",
    requirements=("paths/confine-reads",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Let the operator name the directories that may be read, and refuse what lies outside of them.",
    references=("https://cwe.mitre.org/data/definitions/552.html", _CWE_22),
    effort=Effort.MEDIUM,
)
def reads_any_file(seen: Reads) -> Verdicts:
    """A tool that opens whatever it is told may be meant so; it is reported as what it can do, by how many can reach
    it. A model that reads a hostile page can be talked into reading keys with it. Proof is a planted text, or the
    first line of /etc/passwd.
    """
    return _by_own_path(seen, told_limit=False)


def _by_own_path(seen: Reads, *, told_limit: bool) -> Verdicts:
    """Judge the attempts by plain paths, of the places that are, or are not, known to be limited."""
    failures = [
        _read(place) for place in seen.places if place.open and (bool(place.limit) and seen.planted) is told_limit
    ]
    if failures:
        return failures
    shut = [attempt.exchange for place in seen.places if not place.open for attempt in place.of(DIRECT)]
    answered = [exchange for exchange in shut if exchange.answered]
    if not seen.places:
        return not_observed(NOT_READ, *seen.tried)
    if not seen.planted:
        return not_observed(GRANT, *answered)
    controls = [place.control for place in seen.places if place.control is not None]
    if not answered:
        return not_observed("every file outside is read: see the other findings", *controls)
    return passed(*answered[:6], *controls)


def _read(place: Place) -> Verdict:
    told = next(attempt for attempt in place.of(DIRECT) if attempt.told)
    again = [told.again] if told.again is not None else []
    why = f", although {place.limit}" if place.limit else ""
    text = f"A file outside of the directory was read by {told.how}{why}."
    return failed(text, told.exchange, *again, *place.controls, subject=place.subject)


@check(
    outside_reads,
    id="paths/climbs-by-dots",
    title="Dots in a path lead out of the allowed directory",
    requirements=_SANITIZED,
    severity=Severity.CRITICAL,
    category=Category.SECURITY,
    remediation=_RESOLVE,
    references=(_CWE_22, "https://nvd.nist.gov/vuln/detail/CVE-2026-40576"),
)
def climbs_by_dots(seen: Reads) -> Verdicts:
    """The oldest trick: `allowed/../../secret`. The target refuses the file by its own path, so it means to be kept to
    a directory, and opens it by a way up. Proof is a random text that was planted outside.
    """
    return judged(seen, DOTS, sentence="A file outside of the directory, refused by its own path, was read by {how}")


@check(
    outside_reads,
    id="paths/climbs-by-encoded-dots",
    title="Dots in disguise lead out of the allowed directory",
    requirements=_SANITIZED,
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Decode once, before the check; refuse what still holds encoded or lookalike dots and slashes.",
    references=(_CWE_22, "https://cwe.mitre.org/data/definitions/176.html"),
)
def climbs_by_encoded_dots(seen: Reads) -> Verdicts:
    """A filter that looks for `../` and a file system that sees a decoded path disagree about where it leads: percent
    signs, overlong UTF-8, full-width letters and backslashes slip by. Proof is a random text that was planted outside.
    """
    return judged(seen, ENCODED, sentence="A file outside of the directory, refused by its own path, was read by {how}")


@check(
    outside_reads,
    id="paths/follows-links-outside",
    title="Symbolic links lead out of the allowed directory",
    requirements=_SANITIZED,
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation=_RESOLVE,
    references=(
        "https://cwe.mitre.org/data/definitions/59.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-53109",
    ),
)
def follows_links_outside(seen: Reads) -> Verdicts:
    """Whoever can write into the directory, or has a repository cloned into it, can put a link there. A target that
    checks the path and not where it ends then reads, and often writes, anything. Proof is a random text behind a link.
    """
    return judged(seen, LINK, sentence="A file outside of the directory, refused by its own path, was read by {how}")


@check(
    outside_reads,
    id="paths/takes-sibling-for-allowed",
    title="A directory whose name begins alike counts as allowed",
    requirements=_SANITIZED,
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Compare paths part by part (`relative_to`, `path.relative`), never as the beginning of a text.",
    references=(_CWE_22, "https://nvd.nist.gov/vuln/detail/CVE-2025-53110"),
)
def takes_sibling_for_allowed(seen: Reads) -> Verdicts:
    """`/data-backup` begins like `/data`, and is another directory. A comparison of texts lets it pass; an attacker
    who can choose a name beside the directory has a way in, and often one is there already.
    """
    return judged(seen, SIBLING, sentence="A file outside of the directory was read in {how}")
