"""Elicitation: what is asked of people, in forms and on pages (page `client/elicitation`)."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, JsonObject, Severity, failed

from .asking import NOBODY_ASKED, URL_REQUIRED, Consultation, judged, of_kind
from .client_replies import form_fields
from .exploration import Asking, exploration

_NO_FORM: Final = NOBODY_ASKED.format("a form")
_NO_PAGE: Final = NOBODY_ASKED.format("opening a page")
_SECRET: Final = re.compile(
    r"(^|_)(password|passwd|passphrase|passcode|pwd|secret|api_?key|secret_?key|private_?key|access_?key"
    r"|(access|auth|bearer|refresh|api|id|session)_?token|client_?secret|credit_?card(_?(number|no))?|card_?(number|no)"
    r"|cvv2?|cvc|ssn|social_?security(_?number)?|pin_?code|one_?time_?code|otp)$"
)
_LINK: Final = re.compile(r"\bhttps?://(?!(?:[\w-]+\.)*example\.(?:com|net|org)\b)[\w\[][^\s<>\"']*", re.IGNORECASE)
_LOOPBACK: Final = re.compile(r"^(localhost|.*\.localhost|127\.[\d.]+|::1)$")
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]{2,}", re.IGNORECASE)
_GRANTING: Final = re.compile(
    r"(access|id|refresh|auth|bearer|session)_token|api_?key|jwt|password|passwd|session_?id|client_secret"
    r"|x-amz-signature"
)
_JWT: Final = re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*")
_CREDENTIAL: Final = re.compile(
    r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bxox[abprs]-[A-Za-z0-9-]{20,}|\bsk-[A-Za-z0-9_-]{32,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bya29\.[\w-]{20,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
    r"|\"(?:access|refresh)_token\\?\"\s*:\s*\\?\"[^\"\\]{16,}"
)


@check(
    exploration,
    id="elicitation/asks-for-secret",
    title="A form asks for a secret",
    requirements=(
        "elicitation/no-secrets-in-form-mode",
        "elicitation/no-sensitive-elicitation",
        "elicitation/url-mode-for-secrets",
    ),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Ask for passwords, keys, tokens and card data on a page of your own (URL mode), never in a form.",
    references=("https://cwe.mitre.org/data/definitions/522.html",),
)
def asks_for_secret(seen: Asking) -> Verdicts:
    """What is typed into a form goes through the client, its logs and often the model's context. A server that asks
    for passwords there teaches people to hand them to whoever asks. Fields are judged by name and title.
    """
    asked = list(of_kind(seen.calls, "form"))
    failures = [
        failed(f"A form asks for {name!r}.", *call.evidence, subject=call.subject)
        for call, question in asked
        for name, field in form_fields(question.params.get("requestedSchema")).items()
        if _is_secret(name, field)
    ]
    return judged(failures, (call for call, _ in asked), _NO_FORM)


def _is_secret(name: str, field: JsonObject) -> bool:
    if field.get("type", "string") != "string" or "enum" in field or "oneOf" in field:
        return False
    return field.get("format") == "password" or any(_SECRET.search(_snake(word)) for word in (name, field.get("title")))


def _snake(name: object) -> str:
    return re.sub(r"[\s\-]+|(?<=[a-z0-9])(?=[A-Z])", "_", name.strip()).lower() if isinstance(name, str) else ""


@check(
    exploration,
    id="elicitation/link-in-form",
    title="A form holds a link",
    requirements=("elicitation/no-clickable-url-in-form",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Send people to pages by URL mode, where the client shows the address and asks before it opens it.",
)
def link_in_form(seen: Asking) -> Verdicts:
    """A link in a form goes past what protects people from phishing: the client shows no address and asks nobody.
    Addresses of the domains that are reserved for examples do not count.
    """
    asked = list(of_kind(seen.calls, "form"))
    failures = [
        failed(f"A form says {link!r}.", *call.evidence, subject=call.subject)
        for call, question in asked
        for link in _links(question.params)
    ]
    return judged(failures, (call for call, _ in asked), _NO_FORM)


def _links(params: JsonObject) -> Iterator[str]:
    fields = form_fields(params.get("requestedSchema")).values()
    texts = [params.get("message"), *(field.get(member) for field in fields for member in ("title", "description"))]
    for text in texts:
        found = _LINK.search(text) if isinstance(text, str) else None
        if found is not None:
            yield found.group()[:200]


@check(
    exploration,
    id="elicitation/invalid-url",
    title="People are sent to an address that is none",
    requirements=("elicitation/url-valid",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send an absolute URL with a host.",
)
def invalid_url(seen: Asking) -> Verdicts:
    """The client has to show the host and open the page. It can do neither with an address that has none."""
    pages = list(_pages(seen))
    failures = [
        failed(f"The url is {url!r}, which names no host.", *call.evidence, subject=call.subject)
        for call, url in pages
        if _parsed(url) is None
    ]
    return judged(failures, (call for call, _ in pages), _NO_PAGE)


@check(
    exploration,
    id="elicitation/url-without-tls",
    title="People are sent to a page without TLS",
    requirements=("elicitation/https-elicitation-url",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Use https; plain http is for development on the own machine.",
    references=("https://cwe.mitre.org/data/definitions/319.html",),
)
def url_without_tls(seen: Asking) -> Verdicts:
    """Pages of this kind ask for what is too secret for a form. Without TLS everybody on the way can read it. Loopback
    addresses do not count.
    """
    pages = [(call, parts) for call, url in _pages(seen) if (parts := _parsed(url)) is not None]
    failures = [
        failed(f"The page is at {parts.scheme}://{parts.hostname}.", *call.evidence, subject=call.subject)
        for call, parts in pages
        if parts.scheme != "https" and not _LOOPBACK.match(parts.hostname or "")
    ]
    return judged(failures, (call for call, _ in pages), _NO_PAGE)


@check(
    exploration,
    id="elicitation/personal-data-in-url",
    title="The address of a page holds personal data",
    requirements=("elicitation/no-pii-in-url",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Put an opaque handle into the URL and keep what it stands for on the server.",
    references=("https://cwe.mitre.org/data/definitions/598.html",),
)
def personal_data_in_url(seen: Asking) -> Verdicts:
    """Addresses end up in histories, logs and referrers. What they say about a person everybody there can read."""
    pages = list(_pages(seen))
    failures = [
        failed("The url holds an e-mail address.", *call.evidence, subject=call.subject)
        for call, url in pages
        if (parts := _parsed(url)) is not None
        and _EMAIL.search(unquote(f"{parts.path}?{parts.query}#{parts.fragment}"))
    ]
    return judged(failures, (call for call, _ in pages), _NO_PAGE)


@check(
    exploration,
    id="elicitation/preauthenticated-url",
    title="The address of a page lets in whoever has it",
    requirements=("elicitation/no-preauthenticated-url",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Leave credentials out of the URL, and let the page ask who opens it.",
    references=("https://cwe.mitre.org/data/definitions/598.html",),
)
def preauthenticated_url(seen: Asking) -> Verdicts:
    """The client, its logs and whoever the link is sent to can open the page in the person's place. Judged by
    credentials in the address; no page is opened.
    """
    pages = [(call, parts) for call, url in _pages(seen) if (parts := _parsed(url)) is not None]
    failures = [
        failed(f"The url holds a credential ({found}).", *call.evidence, subject=call.subject)
        for call, parts in pages
        if (found := _credential(parts))
    ]
    return judged(failures, (call for call, _ in pages), _NO_PAGE)


def _credential(parts: SplitResult) -> str:
    if parts.password:
        return "a password before the host"
    if _JWT.search(parts.geturl()):
        return "a JSON Web Token"
    pairs = [*parse_qsl(parts.query), *parse_qsl(parts.fragment)]
    return next((name for name, value in pairs if value and _GRANTING.fullmatch(name.lower())), "")


@check(
    exploration,
    id="elicitation/hands-over-credentials",
    title="Credentials that were gathered on a page reach the client",
    requirements=("elicitation/no-third-party-credentials-to-client",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Keep tokens of third parties on the server; tell the client only that it may go on.",
    references=("https://cwe.mitre.org/data/definitions/522.html",),
)
def hands_over_credentials(seen: Asking) -> Verdicts:
    """A page outside of the client is the way to keep credentials away from it. A tool that puts the token into its
    result hands it to the client and to the model all the same.
    """
    calls = list({id(call): call for call, _ in _pages(seen) if call.end.result is not None}.values())
    failures = [
        failed("The result of the call holds a credential.", *call.evidence, subject=call.subject)
        for call in calls
        if _CREDENTIAL.search(call.end.body)
    ]
    return judged(failures, calls, _NO_PAGE)


def _pages(seen: Asking) -> Iterator[tuple[Consultation, str]]:
    """Yield the addresses that people were to open, those of refusals included."""
    for call, question in of_kind((*seen.calls, *seen.restricted), "url"):
        yield call, str(question.params.get("url"))
    for call in (*seen.calls, *seen.restricted):
        for entry in required_pages(call) or ():
            if isinstance(entry, dict) and entry.get("mode", "url") == "url":
                yield call, str(entry.get("url"))


def required_pages(call: Consultation) -> list[object] | None:
    """Return what a refusal with -32042 lists; None where the call ended otherwise, or with no list."""
    data = (call.end.error or {}).get("data") if call.end.error_code == URL_REQUIRED else None
    listed = data.get("elicitations") if isinstance(data, dict) else None
    return listed if isinstance(listed, list) else None


def _parsed(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.scheme and parts.hostname and not re.search(r"\s", url) else None
    except ValueError:
        return None
