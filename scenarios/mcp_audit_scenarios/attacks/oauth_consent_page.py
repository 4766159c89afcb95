"""The page that asks users for their consent: frames, forms, cookies, and the name of the client on it."""

import re

from mcp_audit_harness.declare import check
from mcp_audit_harness.model import Category, Severity, Verdict, failed, not_applicable, passed

from .oauth_clients import NO_CLIENTS, Login, flows

_FORM = re.compile(r"<form\b[^>]*\bmethod\s*=\s*[\"']?post\b[^>]*>(.*?)</form>", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?hidden\b[^>]*>", re.IGNORECASE)
_VALUE = re.compile(r"\bvalue\s*=\s*[\"']?([A-Za-z0-9_\-.=+/:]{16,})")
_NO_PAGE = "no page of the server's own asks the user"


@check(
    flows,
    id="oauth/page-can-be-framed",
    title="The page that asks for consent can be shown in a frame",
    requirements=("security-best-practices/consent-page-requirements", "oauth/pages-not-framed"),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Send `Content-Security-Policy: frame-ancestors 'none'` with it.",
    references=(
        "https://cwe.mitre.org/data/definitions/1021.html",
        "https://www.rfc-editor.org/rfc/rfc9700#section-4.16",
    ),
)
def page_can_be_framed(login: Login) -> Verdict:
    """A page in an invisible frame gets the click that was meant for what is seen below it."""
    seen = login.flows
    if seen is None:
        return not_applicable(NO_CLIENTS, login.metadata)
    if not seen.control.is_page:
        return not_applicable(_NO_PAGE, *seen.control.hops)
    page = seen.control.last
    policy = " ".join(value for name, value in page.headers if name == "content-security-policy").lower()
    if "frame-ancestors" not in policy and page.header("x-frame-options") is None:
        return failed("The page has neither frame-ancestors nor X-Frame-Options.", page)
    return passed(page)


@check(
    flows,
    id="oauth/form-without-token",
    title="The form that gives consent can be sent by any site",
    requirements=("security-best-practices/consent-page-requirements", "oauth/forms-carry-token"),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Put a random token into the form, tie it to the browser by a cookie, and compare the two.",
    references=("https://cwe.mitre.org/data/definitions/352.html",),
)
def form_without_token(login: Login) -> Verdict:
    """A form without a secret in it can be sent from any page, with the user's cookies and without the user. Judged by
    the form alone: likely.
    """
    seen = login.flows
    if seen is None:
        return not_applicable(NO_CLIENTS, login.metadata)
    if not seen.control.is_page:
        return not_applicable(_NO_PAGE, *seen.control.hops)
    page = seen.control.last
    forms = _FORM.findall(page.body)
    if not forms:
        return not_applicable("the page has no form that is sent by POST", page)
    if any(not any(_VALUE.search(field) for field in _HIDDEN.findall(form)) for form in forms):
        return failed("A form on the page holds no hidden value that could be a random token.", page)
    return passed(page)


@check(
    flows,
    id="oauth/weak-cookie",
    title="A cookie of the login lacks its protection",
    requirements=("security-best-practices/consent-cookie-flags", "oauth/cookies-protected"),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Set cookies with the prefix __Host-, Secure, HttpOnly and SameSite=Lax.",
    references=("https://cwe.mitre.org/data/definitions/1004.html", "https://cwe.mitre.org/data/definitions/1275.html"),
)
def weak_cookie(login: Login) -> Verdict:
    """HttpOnly keeps the cookie from scripts, SameSite from requests of other sites. Secure, and the prefix __Host-,
    are not asked of a server that is tried without TLS.
    """
    seen = login.flows
    if seen is None:
        return not_applicable(NO_CLIENTS, login.metadata)
    cookies = [(hop, value) for hop in seen.control.hops for name, value in hop.headers if name == "set-cookie"]
    if not cookies:
        return not_applicable("no cookie is set", *seen.control.hops)
    for hop, value in cookies:
        attributes = {part.partition("=")[0].strip().lower() for part in value.split(";")[1:]}
        if lacking := sorted({"httponly", "samesite"} - attributes):
            return failed(f"The cookie {value.partition('=')[0][:40]!r} lacks {' and '.join(lacking)}.", hop)
    return passed(*(hop for hop, _ in cookies))


@check(
    flows,
    id="oauth/client-name-as-markup",
    title="The name of a client is markup on the page that asks for consent",
    requirements=("oauth/pages-escape",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Escape everything that a client registered before it goes into a page.",
    references=("https://nvd.nist.gov/vuln/detail/CVE-2025-62800", "https://cwe.mitre.org/data/definitions/79.html"),
)
def client_name_as_markup(login: Login) -> Verdict:
    """Anybody may register a client. Script in its name runs on the page where the user is to decide about it."""
    seen = login.flows
    if seen is None:
        return not_applicable(NO_CLIENTS, login.metadata)
    if not seen.control.is_page:
        return not_applicable(_NO_PAGE, *seen.control.hops)
    pages = (seen.control.last, seen.again.last)
    if all(seen.name in page.body for page in pages):
        return failed("The page shows the name of the client without escaping it.", *pages, seen.registered)
    return passed(*pages, seen.registered)
