"""What a page of any site makes a browser send without asking: forms, links and WebSockets.

No preflight precedes a request that a form could have sent. It carries the headers that the browser writes, and none
that the page could add: no application/json, no MCP-Protocol-Version, no session id.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.trials import how, plain_method, served
from .confirmed import Sender, Sends, Tried, judge_each, try_each
from .occasions import newest_of_era, newest_only
from .rebinding import ATTACKER, opening

_BY_EXPOSURE = SeverityByExposure(local=Severity.HIGH, remote=Severity.MEDIUM)
_CWE_352 = "https://cwe.mitre.org/data/definitions/352.html"
_OF_PROGRAMS = ("mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id", "last-event-id")
_FORM_TYPES = ("text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")
_WAIT_S = 0.4


@dataclass(frozen=True, slots=True)
class CrossSitePosts:
    """What opens a conversation, as a program sends it, and as a page of another site makes a browser send it."""

    control: Exchange
    posts: tuple[Tried, ...]


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,))
async def cross_site_posts(probe: Probe) -> CrossSitePosts:
    control = await opening(probe)
    if not control.ok:
        raise Unobservable(f"a program is answered with {how(control)}, so there is no control", control)
    body = control.sent.body.encode()
    named = [(kind or "no type at all", _posts(probe, kind, body)) for kind in _FORM_TYPES]
    return CrossSitePosts(control, await try_each(probe, named, served))


def _posts(probe: Probe, kind: str, body: bytes) -> Sends:
    headers: Headers = {
        "origin": f"http://{ATTACKER}",
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "no-cors",
        "accept": "*/*",
        **({"content-type": kind} if kind else {}),
    }

    async def post(_: Sender) -> Exchange:
        answer = await probe.http("POST", headers=headers, body=body)
        if session_id := answer.header("mcp-session-id"):
            await probe.http("DELETE", headers={"mcp-session-id": session_id})
        return answer

    return post


@check(
    cross_site_posts,
    id="csrf/serves-cross-site-post",
    title="A page of any site can have requests served",
    requirements=("csrf/no-requests-of-foreign-pages",),
    severity=_BY_EXPOSURE,
    category=Category.SECURITY,
    remediation="Refuse foreign origins with 403 and every Content-Type but application/json with 415.",
    references=("https://nvd.nist.gov/vuln/detail/CVE-2026-33252", _CWE_352),
)
def serves_cross_site_post(seen: CrossSitePosts) -> Verdicts:
    """This is the whole attack: the request as the browser sends it, foreign Origin and form type included, got a
    result. The page cannot read it, and does not need to if the request does something.
    """
    return judge_each(
        seen.control, seen.posts, served, lambda one: f"The server served a cross-site POST with {one.name}."
    )


@dataclass(frozen=True, slots=True)
class Links:
    """The plain request as a query of GET, and by POST as it should be."""

    control: Exchange
    gets: tuple[Tried, ...]


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def links(probe: Probe) -> Links:
    """Accept JSON only, so that no event stream is opened in answer."""
    method = plain_method(probe)
    control = await probe.request(method)
    if not control.ok:
        raise Unobservable(f"{method} was answered with {how(control)}, so there is no control", control)
    message: JsonObject = json.loads(control.sent.body)
    query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in message.items()}
    path = f"{urlsplit(probe.url).path or '/'}?{urlencode(query)}"
    kept = {name: value for name, value in control.sent.headers if name in {*_OF_PROGRAMS}}
    override = {"x-http-method-override": "POST", "x-http-method": "POST", "content-type": "application/json"}

    def gets(headers: Headers, body: bytes | None) -> Sends:
        async def get(_: Sender) -> Exchange:
            sent = {**kept, "accept": "application/json", **headers}
            return await probe.http("GET", path=path, headers=sent, body=body, timeout=_WAIT_S)

        return get

    named = [
        ("a GET whose query is a request", gets({}, None)),
        ("a GET that claims to be a POST", gets(override, control.sent.body.encode())),
    ]
    return Links(control, await try_each(probe, named, served))


@check(
    links,
    id="csrf/serves-get",
    title="A link can have requests served",
    requirements=("csrf/get-changes-nothing",),
    severity=_BY_EXPOSURE,
    category=Category.SECURITY,
    remediation="Take messages from the body of POST only, and ignore headers that name another method.",
    references=("https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1", _CWE_352),
)
def serves_get(seen: Links) -> Verdicts:
    """Browsers follow links and load pictures without any question, and proxies fetch ahead. A request that is taken
    from the query of a GET is made by whoever can show a link.
    """
    return judge_each(seen.control, seen.gets, served, lambda one: f"The server answered {one.name} with a result.")


@dataclass(frozen=True, slots=True)
class Upgrades:
    """A WebSocket handshake as a program sends it, and with a foreign Origin if the first one succeeded."""

    plain: Exchange
    foreign: Exchange | None
    again: Exchange | None


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_only,))
async def upgrades(probe: Probe) -> Upgrades:
    plain = await _upgrade(probe, {})
    if not _upgraded(plain):
        return Upgrades(plain, None, None)
    origin = {"origin": f"http://{ATTACKER}"}
    foreign = await _upgrade(probe, origin)
    return Upgrades(plain, foreign, await _upgrade(probe, origin) if _upgraded(foreign) else None)


async def _upgrade(probe: Probe, headers: Headers) -> Exchange:
    """Send the handshake of RFC 6455, section 4.1; the key is any 16 bytes in base64."""
    url = urlsplit(probe.url)
    fields = {
        "Host": url.netloc.rpartition("@")[2],
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "bWNwLWF1ZGl0LXByb2JlIQ==",
        "Sec-WebSocket-Protocol": "mcp",
        **headers,
    }
    lines = [f"GET {url.path or '/'} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return await probe.raw("\r\n".join([*lines, "", ""]).encode(), timeout=_WAIT_S)


def _upgraded(exchange: Exchange) -> bool:
    return exchange.status == 101 or exchange.body.startswith("HTTP/1.1 101")


@check(
    upgrades,
    id="csrf/upgrades-for-foreign-origin",
    title="Pages of any site may open a WebSocket",
    requirements=("csrf/no-requests-of-foreign-pages",),
    severity=_BY_EXPOSURE,
    category=Category.SECURITY,
    remediation="Check the Origin before you answer a WebSocket handshake, and refuse foreign ones with 403.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2026-59950",
        "https://cwe.mitre.org/data/definitions/1385.html",
        "https://www.rfc-editor.org/rfc/rfc6455#section-10.2",
    ),
)
def upgrades_for_foreign_origin(seen: Upgrades) -> Verdict:
    """Browsers ask no server whether a page may open a WebSocket to it, and the page may read what comes. The Origin of
    the handshake is the only protection there is.
    """
    if seen.foreign is None:
        return not_applicable(f"a WebSocket handshake is answered with {how(seen.plain)}", seen.plain)
    if not _upgraded(seen.foreign):
        if not seen.foreign.answered:
            return not_observed("no answer came to the handshake of a foreign page", seen.foreign, seen.plain)
        return passed(seen.foreign, seen.plain)
    if seen.again is None or not _upgraded(seen.again):
        return not_observed("a foreign page was let in once, and not a second time", seen.foreign, seen.plain)
    text = f"The server opened a WebSocket for the Origin http://{ATTACKER}."
    return failed(text, seen.foreign, seen.again, seen.plain)
