"""What no good token lacks: its dates, its audience, its issuer, its type, its subject, and the right key."""

from mcp_audit_harness.declare import check
from mcp_audit_harness.model import Category, Severity, SeverityByExposure, Verdict, failed, not_observed, passed

from ..conformance.challenge import let_in, out_of_order
from .signed_tokens import (
    ENDLESS,
    EXPIRED,
    FOREIGN_ISSUER,
    LOOKALIKES,
    NO_AUDIENCE,
    NO_SUBJECT,
    OTHER_TYPE,
    PREMATURE,
    STRANGER,
    SignedTokens,
    judged,
    signed_tokens,
)

_HOLE = SeverityByExposure(local=Severity.HIGH, remote=Severity.CRITICAL)
_ADVICE = "https://www.rfc-editor.org/rfc/rfc9068#section-4"
_VALIDATED = ("authorization/validate-access-tokens", "authorization/validate-inbound-tokens-s52")


@check(
    signed_tokens,
    id="tokens/foreign-key-accepted",
    title="A token that another key signed is accepted",
    requirements=_VALIDATED,
    severity=_HOLE,
    category=Category.SECURITY,
    remediation="Verify the signature with the keys of your issuer, and with no others.",
    references=("https://cwe.mitre.org/data/definitions/347.html", "https://www.rfc-editor.org/rfc/rfc8725"),
)
def foreign_key_accepted(seen: SignedTokens) -> Verdict:
    """The token says all that a good one says, down to the id of the key, and was signed by somebody else. Whoever is
    let in with it can be any user.
    """
    stranger = next((trial.exchange for trial in seen.trials if trial.name == STRANGER), None)
    if stranger is None or out_of_order(stranger):
        return not_observed("the token was not answered", seen.right)
    if not let_in(stranger):
        return passed(stranger, seen.right, seen.control)
    confirmed = [trial.exchange for trial in seen.again if trial.name == STRANGER and let_in(trial.exchange)]
    if not confirmed:
        return not_observed("what was let in once was refused the next time", stranger, seen.right)
    return failed(f"The server let {STRANGER} in.", stranger, *confirmed, seen.right, seen.control)


@check(
    signed_tokens,
    id="tokens/expired-accepted",
    title="An expired token is accepted",
    requirements=_VALIDATED,
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Refuse tokens whose `exp` is past, with a minute or two for clocks that differ.",
    references=("https://cwe.mitre.org/data/definitions/613.html", _ADVICE),
)
def expired_accepted(seen: SignedTokens) -> Verdict:
    """Tokens leak: into logs, backups, tickets. That they end is what keeps the damage small."""
    return judged(seen, (EXPIRED,), "")


@check(
    signed_tokens,
    id="tokens/not-yet-valid-accepted",
    title="A token is accepted before its time",
    requirements=("tokens/not-before-honoured",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Refuse tokens whose `nbf` is still to come.",
    references=(
        "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5",
        "https://cwe.mitre.org/data/definitions/613.html",
    ),
)
def not_yet_valid_accepted(seen: SignedTokens) -> Verdict:
    """An issuer that hands out a token for later counts on it that it is of no use until then."""
    return judged(seen, (PREMATURE,), "")


@check(
    signed_tokens,
    id="tokens/endless-accepted",
    title="A token that never ends is accepted",
    requirements=("tokens/expiry-required",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Require the claim `exp`; libraries that verify it where it is there let tokens pass that lack it.",
    references=("https://cwe.mitre.org/data/definitions/613.html", _ADVICE),
)
def endless_accepted(seen: SignedTokens) -> Verdict:
    """RFC 9068 requires an end of every access token. A token without one that leaks is good until the key changes."""
    return judged(seen, (ENDLESS,), "")


@check(
    signed_tokens,
    id="tokens/missing-audience-accepted",
    title="A token for nobody in particular is accepted",
    requirements=("authorization/reject-missing-audience", "authorization/validate-audience"),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Require an audience, and that it is the URL of this server.",
    references=(
        "https://github.com/modelcontextprotocol/python-sdk/security/advisories/GHSA-w4fh-qvv9-3v23",
        "https://cwe.mitre.org/data/definitions/863.html",
    ),
)
def missing_audience_accepted(seen: SignedTokens) -> Verdict:
    """A check of the audience that is skipped where there is none is no check: tokens of the same issuer that were made
    for something else altogether then open this server.
    """
    return judged(seen, (NO_AUDIENCE,), "")


@check(
    signed_tokens,
    id="tokens/lookalike-audience-accepted",
    title="A token for a server with a similar URL is accepted",
    requirements=("authorization/validate-audience", "authorization/only-own-resource-tokens"),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Compare the audience with the URL of this server as a whole; look for it among the members of a list.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2025-69196",
        "https://cwe.mitre.org/data/definitions/863.html",
    ),
)
def lookalike_audience_accepted(seen: SignedTokens) -> Verdict:
    """Names that begin alike belong to different people, and one origin can serve several MCP servers with different
    rights. A token for the one must not open the other. Not judged where the operator's token is itself for that URL.
    """
    return judged(seen, LOOKALIKES, "")


@check(
    signed_tokens,
    id="tokens/foreign-issuer-accepted",
    title="A token that names another issuer is accepted",
    requirements=_VALIDATED,
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Compare `iss` with the issuer that you trust, as a whole text.",
    references=("https://cwe.mitre.org/data/definitions/346.html", _ADVICE),
)
def foreign_issuer_accepted(seen: SignedTokens) -> Verdict:
    """Several issuers can share keys: the tenants of one login service do. Then the name of the issuer is all that
    tells the users of one from those of another.
    """
    return judged(
        seen, (FOREIGN_ISSUER,), ", though its signature is good and its issuer is not the one of this server"
    )


@check(
    signed_tokens,
    id="tokens/other-type-accepted",
    title="A token that is no access token is accepted",
    requirements=("tokens/type-checked",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Accept the types `at+jwt` and, for older issuers, `JWT`, and no others.",
    references=("https://www.rfc-editor.org/rfc/rfc8725#section-3.11", _ADVICE),
)
def other_type_accepted(seen: SignedTokens) -> Verdict:
    """Issuers sign more than access tokens with one key: logout tokens, proofs, events. The type in the header is what
    keeps one from being used as another.
    """
    return judged(seen, (OTHER_TYPE,), ": a logout token")


@check(
    signed_tokens,
    id="tokens/no-subject-accepted",
    title="A token about nobody is accepted",
    requirements=("tokens/subject-required",),
    severity=Severity.INFO,
    category=Category.SECURITY,
    remediation="Require the claim `sub`, and tie sessions, tasks and other state to issuer and subject.",
    references=(
        "https://www.rfc-editor.org/rfc/rfc9068#section-2.2",
        "https://cwe.mitre.org/data/definitions/287.html",
    ),
)
def no_subject_accepted(seen: SignedTokens) -> Verdict:
    """RFC 9068 requires a subject of every access token. Where it is absent, all such callers look like one user."""
    return judged(seen, (NO_SUBJECT,), "")
