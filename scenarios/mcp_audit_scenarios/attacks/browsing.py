"""What a browser does with the pages of a login: follows redirects, keeps cookies, sends a form. It runs no script.

It never leaves the target's origin.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from mcp_audit_harness.model import Exchange
from mcp_audit_harness.probe import Probe

from .oauth_metadata import own_path

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_HOPS = 3
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r"<(?:input|button)\b[^>]*>", re.IGNORECASE)
_BUTTON = re.compile(r"<button\b|<input\b[^>]*\btype\s*=\s*[\"']?submit", re.IGNORECASE)
_AGREES = re.compile(r"allow|approve|accept|authori[sz]e|agree|yes|confirm", re.IGNORECASE)
_ATTRIBUTE = {
    name: re.compile(rf"\b{name}\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE) for name in ("action", "name", "value")
}
_SET_COOKIE = re.compile(r"([^=;\s]+)=([^;]*)")


@dataclass(frozen=True, slots=True)
class Flow:
    """What a user's browser would see: one answer after another, all from the target's origin."""

    first: Exchange
    more: tuple[Exchange, ...] = ()

    @property
    def hops(self) -> tuple[Exchange, ...]:
        """All the answers."""
        return (self.first, *self.more)

    @property
    def last(self) -> Exchange:
        """The last answer."""
        return self.hops[-1]

    @property
    def location(self) -> str:
        """Where the last answer redirects to; empty if it does not."""
        return self.last.header("location") or "" if self.last.status in _REDIRECTS else ""

    @property
    def is_page(self) -> bool:
        """Whether it ends with a web page that is no refusal."""
        return self.last.status == 200 and self.last.media_type in {"text/html", "application/xhtml+xml"}

    @property
    def goes_on(self) -> bool:
        """Whether the request was accepted: a page, a way on, or a code; no error for the user or the client."""
        answer = parse_qs(urlsplit(self.location).query) if self.location else {}
        return self.is_page or (bool(self.location) and "error" not in answer)


async def browsed(probe: Probe, endpoint: str, request: dict[str, str]) -> Flow:
    """Ask for authorization as a browser does, and follow redirects on the target's own origin."""
    joint = "&" if "?" in endpoint else "?"
    nobody = {**probe.anonymous(), "accept": "text/html"}
    flow = Flow(await probe.http("GET", path=f"{endpoint}{joint}{urlencode(request)}", headers=nobody))
    while (path := _next(probe, flow.location)) is not None and len(flow.hops) < _MOST_HOPS:
        cookies = cookies_of(flow.hops)
        headers = {**nobody, **({"cookie": cookies} if cookies else {})}
        flow = Flow(flow.first, (*flow.more, await probe.http("GET", path=path, headers=headers)))
    return flow


def _next(probe: Probe, location: str) -> str | None:
    """Return the path of a redirect that stays on the target's origin."""
    if location.startswith("/") and not location.startswith("//"):
        return location
    return own_path(probe, {"location": location}, "location") if location else None


def cookies_of(hops: Sequence[Exchange]) -> str:
    """Return the cookies that answers set, as a browser sends them."""
    return "; ".join(f"{name}={value}" for name, value in dict(_cookies(hops)).items())


def _cookies(hops: Sequence[Exchange]) -> Iterator[tuple[str, str]]:
    for hop in hops:
        for name, value in hop.headers:
            if name == "set-cookie" and (found := _SET_COOKIE.match(value)):
                yield found[1], found[2]


def _pressed(form: str) -> list[str]:
    """Return the fields of a form that are sent when its button is pressed that agrees, or the first one."""
    tags = _FIELD.findall(form)
    buttons = [tag for tag in tags if _BUTTON.match(tag)]
    agreeing = [tag for tag in buttons if _AGREES.search(tag)] or buttons
    return [tag for tag in tags if tag not in buttons] + agreeing[:1]


async def consented_to(probe: Probe, flow: Flow) -> Flow | None:
    """Send the first form of a page; None if it has none, or one for another site."""
    form = _FORM.search(flow.last.body) if flow.is_page else None
    if form is None:
        return None
    action = _ATTRIBUTE["action"].search(form[0].partition(">")[0])
    path = _next(probe, unescape(action[1])) if action is not None and action[1] else flow.last.sent.path
    if path is None:
        return None
    fields = [(_ATTRIBUTE["name"].search(tag), _ATTRIBUTE["value"].search(tag)) for tag in _pressed(form[0])]
    body = urlencode([(unescape(name[1]), unescape(value[1])) for name, value in fields if name and value])
    nobody = {**probe.anonymous(), "accept": "text/html", "content-type": "application/x-www-form-urlencoded"}
    headers = {**nobody, "origin": probe.url.partition("://")[0] + "://" + urlsplit(probe.url).netloc}
    cookies = cookies_of(flow.hops)
    sent = await probe.http(
        "POST", path=path, headers={**headers, **({"cookie": cookies} if cookies else {})}, body=body.encode()
    )
    return Flow(flow.first, (*flow.more, sent))
