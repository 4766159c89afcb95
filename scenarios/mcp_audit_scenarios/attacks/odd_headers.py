"""Headers in base64 that two decoders read differently (2026-07-28, `basic/transports/streamable-http`)."""

import base64
from collections.abc import Iterator

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import HTTP_ONLY, STATELESS, Category, Exchange, Impact, Severity
from mcp_audit_harness.probe import Probe

from ..conformance.standard_headers import named_request
from ..conformance.trials import how
from .confirmed import Sender, Sends, Tries, judge_each, served_or_broken, try_each


@scenario(spec=STATELESS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def odd_encodings(probe: Probe) -> Tries:
    """Ask for one listed thing under a Mcp-Name that its decoder has to refuse, in one way at a time."""
    method, params, name = named_request(probe)
    control = await probe.request(method, params)
    if not control.ok:
        raise Unobservable(f"a correct {method} of a listed item was refused", control)

    def named(value: str) -> Sends:
        async def send(by: Sender) -> Exchange:
            return await by.request(method, params, headers={"mcp-name": value})

        return send

    return Tries(control, await try_each(probe, [(what, named(value)) for what, value in _odd(name)], served_or_broken))


def _odd(name: str) -> Iterator[tuple[str, str]]:
    right = _marked(name.encode(errors="replace"))
    yield "a name encoded twice", _marked(right.encode())
    yield "signs that are no base64", f"=?base64?{'*' * 8}{right[9:]}"
    yield "bytes that are no UTF-8", _marked(b"\xff\xfe" + name.encode(errors="replace"))
    yield "nothing between the markers", "=?base64??="
    yield "no end of the marker", right.removesuffix("?=")
    yield "a NUL behind the name", _marked(name.encode(errors="replace") + b"\0")


def _marked(value: bytes) -> str:
    return f"=?base64?{base64.b64encode(value).decode()}?="


@check(
    odd_encodings,
    id="headers/reads-odd-base64",
    title="A header in broken base64 is taken for the right one, or breaks the server",
    requirements=("streamable-http/header-body-match",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Decode once and strictly; refuse what is no base64 or no UTF-8 with 400 and -32020.",
    references=("https://cwe.mitre.org/data/definitions/838.html",),
)
def reads_odd_base64(seen: Tries) -> Verdicts:
    """A gateway that allows or forbids by the header has a decoder of its own. What this one leaves out and that one
    does not is a name that passes the gateway and means another thing here.
    """
    return judge_each(
        seen.control,
        seen.tries,
        served_or_broken,
        lambda one: f"The server answered a Mcp-Name with {one.name} with {how(one.first)}.",
    )
