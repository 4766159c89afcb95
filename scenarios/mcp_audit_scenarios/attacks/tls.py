"""Whether what travels to and from a server is protected: TLS at all, its certificate, its versions.

Only handshakes are made; what a scanner for TLS finds beyond them is left to one (testssl.sh, SSLyze).
"""

from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Exposure,
    Severity,
    SeverityByExposure,
    TlsPosture,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.trials import plain_method
from .occasions import newest_only

_SOON_DAYS = 14
_SILENT = "no answer came to an ordinary request"
_NO_TLS = "the server is reached by http, without TLS"


@dataclass(frozen=True, slots=True)
class Protection:
    """An ordinary request, and what handshakes show; no handshakes where the address is of http."""

    control: Exchange
    handshakes: TlsPosture | None
    local: bool


@scenario(transports=HTTP_ONLY, needs=(newest_only,), bench=Bench.TLS)
async def protection(probe: Probe) -> Protection:
    control = await probe.request(plain_method(probe))
    if not control.answered:
        raise Unobservable("no answer came to an ordinary request", control)
    local = probe.survey.exposure is Exposure.LOCAL
    is_secure = probe.url.startswith("https:")
    return Protection(control, await probe.tls() if is_secure else None, local)


@check(
    protection,
    id="tls/not-protected",
    title="Traffic is not protected by TLS with a valid certificate",
    requirements=("tls/valid-certificate",),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Serve https only, with a certificate of a known authority for the name that clients use; renew it.",
    references=("https://cwe.mitre.org/data/definitions/319.html", "https://cwe.mitre.org/data/definitions/295.html"),
)
def not_protected(seen: Protection) -> Verdict:
    """What is not encrypted for the right server can be read and changed by everybody on the way: tokens, arguments,
    and what a model is told. What stays on this machine needs no TLS, and there no authority is asked for.
    """
    found = seen.handshakes
    if not seen.control.answered:
        return not_observed(_SILENT, seen.control)
    if found is None and seen.local:
        return not_applicable(_NO_TLS + ", and on this machine only", seen.control)
    if found is None:
        return failed("The server is reached by http: nothing is encrypted.", seen.control)
    if found.problem:
        return not_observed(f"no handshake succeeded: {found.problem}", seen.control)
    if found.defect:
        return failed(f"The certificate is not valid: {found.defect}.", seen.control)
    if not (found.trusted or seen.local):
        return failed(
            f"The certificate leads to no authority that this machine trusts: {found.distrust}.", seen.control
        )
    return passed(seen.control)


@check(
    protection,
    id="tls/certificate-ends-soon",
    title="The certificate ends within two weeks",
    requirements=("tls/valid-certificate",),
    severity=Severity.LOW,
    category=Category.QUALITY,
    remediation="Renew certificates by a program, a month before they end.",
    references=("https://cwe.mitre.org/data/definitions/298.html",),
)
def certificate_ends_soon(seen: Protection) -> Verdict:
    """From that day on no client connects, or people learn to switch the check of certificates off."""
    found = seen.handshakes
    if not seen.control.answered:
        return not_observed(_SILENT, seen.control)
    if found is None:
        return not_applicable(_NO_TLS, seen.control)
    if found.days_left is None:
        return not_observed("the certificate could not be read, or is not valid, which is a finding of its own")
    if found.days_left < _SOON_DAYS:
        return failed(f"The certificate ends in {found.days_left} days.", seen.control)
    return passed(seen.control)


@check(
    protection,
    id="tls/accepts-old-version",
    title="Versions of TLS below 1.2 are accepted",
    requirements=("tls/current-versions",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Set the least version to TLS 1.2, better 1.3.",
    references=("https://www.rfc-editor.org/rfc/rfc8996", "https://cwe.mitre.org/data/definitions/326.html"),
)
def accepts_old_version(seen: Protection) -> Verdict:
    """TLS 1.0 and 1.1 rest on SHA-1 and MD5 and are retired since 2021 (RFC 8996). A server that takes them lets
    somebody on the way choose them.
    """
    found = seen.handshakes
    if not seen.control.answered:
        return not_observed(_SILENT, seen.control)
    if found is None:
        return not_applicable(_NO_TLS, seen.control)
    if found.problem:
        return not_observed(f"no handshake succeeded: {found.problem}", seen.control)
    if found.old_versions:
        return failed(f"The server shook hands with {' and '.join(found.old_versions)}.", seen.control)
    return passed(seen.control)


@check(
    protection,
    id="tls/no-hsts",
    title="Browsers are not told to use https only",
    requirements=("tls/strict-transport",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Send `Strict-Transport-Security: max-age=31536000` with every answer over https.",
    references=("https://www.rfc-editor.org/rfc/rfc6797", "https://cwe.mitre.org/data/definitions/319.html"),
)
def no_hsts(seen: Protection) -> Verdict:
    """Without the header a browser follows a link by http, and whoever is on the way answers in the server's place.
    Programs that know one https address are not concerned.
    """
    if not seen.control.answered:
        return not_observed(_SILENT, seen.control)
    if seen.handshakes is None:
        return not_applicable(_NO_TLS, seen.control)
    if seen.control.header("strict-transport-security") is None:
        return failed("The answer has no Strict-Transport-Security.", seen.control)
    return passed(seen.control)
