"""What the HTTP side of a server takes beyond the endpoint's rules: other types, other verbs, odd Accept headers."""

import json

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Era,
    Exchange,
    Impact,
    Severity,
    not_applicable,
)
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.streamable_http import STREAMABLE
from ..conformance.trials import control_and_template, fresh_id, how, plain_method
from .confirmed import Sender, Sends, Tries, breaks, judge_each, served_or_broken, try_each
from .occasions import newest_only

_MESSAGES = frozenset({"application/json", "text/event-stream"})
_VERBS = ("HEAD", "PATCH", "AUDIT")
_WAIT_S = 0.4


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_only,))
async def body_types(probe: Probe) -> Tries:
    """Send the plain request as other types than JSON."""
    control, template = await control_and_template(probe)
    text = json.dumps({**template, "id": fresh_id(probe)})
    mirrored: Headers = {"mcp-method": plain_method(probe)} if probe.revision.era is Era.STATELESS else {}

    def typed(kind: str) -> Sends:
        async def send(by: Sender) -> Exchange:
            return await by.send_bytes(text.encode(), headers={**mirrored, "content-type": kind})

        return send

    named = [
        ("XML by its type", typed("application/xml")),
        ("of a type that begins like JSON", typed("application/jsonfoo")),
    ]
    return Tries(control, await try_each(probe, named, served_or_broken))


@check(
    body_types,
    id="http/serves-other-content-type",
    title="A body that does not claim to be JSON is served",
    requirements=("derived/content-type-415",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse bodies that are not application/json with 415, before they are parsed.",
    references=("https://cwe.mitre.org/data/definitions/436.html",),
)
def serves_other_content_type(seen: Tries) -> Verdicts:
    """What filters requests chooses its parser by the type. A server that reads JSON out of everything executes what
    the filter took for something else.
    """
    return judge_each(
        seen.control,
        seen.tries,
        served_or_broken,
        lambda one: f"The server answered a body that is {one.name} with {how(one.first)}.",
    )


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_only,))
async def accepts(probe: Probe) -> Tries:
    """Send the plain request with Accept headers that clients and pages have."""
    control, _ = await control_and_template(probe)

    def accepting(value: str | None) -> Sends:
        async def send(by: Sender) -> Exchange:
            return await by.request(plain_method(probe), headers={"accept": value})

        return send

    named = [
        ("no Accept", accepting(None)),
        ("Accept: */*", accepting("*/*")),
        ("Accept: text/html", accepting("text/html")),
        ("Accept with a weight of zero", accepting("application/json;q=0, text/event-stream;q=0")),
    ]
    return Tries(control, await try_each(probe, named, _is_odd_answer))


def _is_odd_answer(exchange: Exchange) -> bool:
    is_success = exchange.status is not None and exchange.status < 300 and bool(exchange.body)
    return breaks(exchange) or (is_success and exchange.media_type not in _MESSAGES)


@check(
    accepts,
    id="http/trips-over-odd-accept",
    title="An unusual Accept header gives a server error or something else than MCP",
    requirements=("derived/accept-not-acceptable",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Answer in JSON or as an event stream whatever Accept says, or refuse with 406.",
    references=("https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1",),
)
def trips_over_odd_accept(seen: Tries) -> Verdicts:
    """An answer that is rendered as a page for whoever accepts pages can be opened as one, scripts in the data of tools
    included.
    """
    if _is_odd_answer(seen.control):
        return not_applicable("ordinary answers are of another type, too; see http/answer-of-other-media-type")
    return judge_each(
        seen.control,
        seen.tries,
        _is_odd_answer,
        lambda one: f"With {one.name} the server answered {how(one.first)} as {one.first.media_type or 'no type'}.",
    )


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_only,))
async def verbs(probe: Probe) -> Tries:
    """Send the plain request by verbs that nothing at the endpoint is for."""
    control, _ = await control_and_template(probe)
    kept = {name: value for name, value in control.sent.headers if name in {"accept", "content-type", "mcp-method"}}
    body = control.sent.body.encode()

    async with probe.session() as session:

        def by_verb(verb: str) -> Sends:
            async def send(_: Sender) -> Exchange:
                return await session.http(verb, headers=kept, body=body, timeout=_WAIT_S)

            return send

        named = [(f"the verb {verb}", by_verb(verb)) for verb in _VERBS]
        return Tries(control, await try_each(probe, named, served_or_broken))


@check(
    verbs,
    id="http/serves-odd-verb",
    title="A verb that nothing is for is served, or breaks the server",
    requirements=("derived/method-not-allowed-405",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Route POST, GET and DELETE only, and answer every other method with 405.",
    references=("https://cwe.mitre.org/data/definitions/749.html",),
)
def serves_odd_verb(seen: Tries) -> Verdicts:
    """Rules of proxies and gateways name the verbs that they guard. A verb that counts as POST passes them all."""
    return judge_each(
        seen.control, seen.tries, served_or_broken, lambda one: f"The server answered {one.name} with {how(one.first)}."
    )
