"""Requests that are JSON and no more than odd: names of the language itself, parameters of another shape, long ids."""

import json
from collections.abc import Iterator
from typing import Any

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import Category, Era, Exchange, Impact, JsonObject, Severity, not_applicable
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.trials import control_and_template, fresh_id, how, patience, plain_method
from .confirmed import Sender, Sends, Tries, breaks, judge_each, served_or_broken, try_each
from .occasions import newest_of_era, newest_only

_ROBUST = ("robustness/keeps-answering",)
_CWE_20 = "https://cwe.mitre.org/data/definitions/20.html"
_CWE_476 = "https://cwe.mitre.org/data/definitions/476.html"
_LONG = 10_240
_METHODS = ("", "__proto__", "constructor", "toString", "../tools/list", "notifications/initialized")
_OF_FEATURES = {
    "tools": ("tools/list", "tools/call"),
    "resources": ("resources/list", "resources/templates/list", "resources/read"),
    "prompts": ("prompts/list", "prompts/get"),
    "completions": ("completion/complete",),
    "logging": ("logging/setLevel",),
}
_ONE_ERA = {"logging/setLevel": Era.HANDSHAKE}
_ABSENT = object()


def _mirrored(probe: Probe, method: str) -> Headers | None:
    is_token = method.isascii() and method.isprintable()
    return {"mcp-method": method if is_token else ""} if probe.revision.era is Era.STATELESS else None


async def _control(probe: Probe) -> tuple[Exchange, JsonObject]:
    """Send the plain request; return it, and the context that every request of the revision has to carry."""
    control, template = await control_and_template(probe)
    params = template.get("params")
    return control, dict(params) if isinstance(params, dict) else {}


def _sends(probe: Probe, control: Exchange, method: str, params: Any) -> Sends:
    async def send(by: Sender) -> Exchange:
        message = {"jsonrpc": "2.0", "id": fresh_id(probe), "method": method}
        if params is not _ABSENT:
            message["params"] = params
        return await by.send(message, headers=_mirrored(probe, method), timeout=patience(control))

    return send


@scenario(impact=Impact.PROBING, needs=(newest_only,), timeout_s=30)
async def odd_methods(probe: Probe) -> Tries:
    control, context = await _control(probe)
    named = [(f"the method {method!r}", _sends(probe, control, method, context)) for method in _METHODS]
    return Tries(control, await try_each(probe, named, served_or_broken))


@check(
    odd_methods,
    id="jsonrpc/serves-odd-method",
    title="A name that is no method is served, or breaks the server",
    requirements=("derived/method-not-found-32601",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Look methods up in a table of your own that has no names but theirs (in JavaScript a Map).",
    references=("https://cwe.mitre.org/data/definitions/1321.html", _CWE_20),
)
def serves_odd_method(seen: Tries) -> Verdicts:
    """Every object of JavaScript has a constructor and a prototype, so that a table of methods has entries that nobody
    made. Names with dots and slashes find files where methods are found in folders.
    """
    shown = [one.first for one in seen.tries if one.first.ok]
    if len(shown) > 1 and len(shown) >= len(seen.tries) - 1:  # but for the empty name, say
        return not_applicable("the server serves any method; see jsonrpc/serves-unknown-method", *shown, seen.control)
    return judge_each(
        seen.control, seen.tries, served_or_broken, lambda one: f"The server answered {one.name} with {how(one.first)}."
    )


@scenario(impact=Impact.PROBING, needs=(newest_of_era,), timeout_s=45, thorough=True)
async def odd_params(probe: Probe) -> Tries:
    """Ask each declared feature with parameters of every wrong shape; without a name no tool runs."""
    control, context = await _control(probe)
    named = [
        (f"{method} with {what}", _sends(probe, control, method, params))
        for capability, methods in _OF_FEATURES.items()
        if probe.offer.declares(capability)
        for method in methods
        if _ONE_ERA.get(method, probe.revision.era) is probe.revision.era
        for what, params in _shapes(context, lists=method.endswith("/list"))
    ]
    if not named:
        raise Unobservable("the server declares no feature whose methods have parameters", control)
    return Tries(control, await try_each(probe, named, breaks))


def _shapes(context: JsonObject, *, lists: bool) -> Iterator[tuple[str, Any]]:
    """Yield shapes that no method of the schema takes; one is enough for lists, which have a cursor only."""
    yield "an array for its params", []
    if lists:
        return
    yield "no params", _ABSENT
    names = ("name", "uri", "ref", "argument", "level", "cursor", "arguments")
    yield "null for each parameter", {**context, **dict.fromkeys(names)}
    yield "an object in each parameter", {**context, **{name: {"type": None, name: [None]} for name in names}}


@check(
    odd_params,
    id="robustness/trips-over-odd-params",
    title="Parameters of another shape break the server",
    requirements=("robustness/refuses-odd-params",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Validate the parameters of each method, absent ones too, and answer -32602.",
    references=("https://nvd.nist.gov/vuln/detail/CVE-2026-47427", _CWE_476),
)
def trips_over_odd_params(seen: Tries) -> Verdicts:
    """What is read without asking whether it is there ends in a server error, or in languages without exceptions the
    whole process: one request of anybody, and everybody is out.
    """
    return judge_each(
        seen.control, seen.tries, breaks, lambda one: f"The server answered {one.name} with {how(one.first)}."
    )


@scenario(impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def odd_ids(probe: Probe) -> Tries:
    """Send the plain request under ids that are legal, and that nobody has tried."""
    control, template = await control_and_template(probe)
    method = plain_method(probe)
    number = fresh_id(probe)

    def under(rpc_id: str) -> Sends:
        async def send(by: Sender) -> Exchange:
            return await by.request(method, rpc_id=rpc_id, timeout=patience(control))

        return send

    async def infinite(by: Sender) -> Exchange:
        text = json.dumps({**template, "id": "@"}).replace('"@"', "1e400")
        return await by.send_bytes(text.encode(), headers=_mirrored(probe, method), timeout=patience(control))

    named: list[tuple[str, Sends]] = [
        ("an id with a NUL", under(f"{number}\0")),
        ("an id of ten kilobytes", under("i" * _LONG + str(number))),
        ("an id with a line break", under(f"{number}\n")),
        ("the id 1e400", infinite),
    ]
    return Tries(control, await try_each(probe, named, _mixes_up))


def _mixes_up(exchange: Exchange) -> bool:
    """Whether the request broke something, or got its result under another id."""
    asked = exchange.sent.rpc_id
    answers = [response.get("id") for response in exchange.responses if "result" in response]
    return breaks(exchange) or (bool(answers) and isinstance(asked, str) and asked not in answers)


@check(
    odd_ids,
    id="jsonrpc/trips-over-extreme-id",
    title="An extreme id comes back changed, or breaks the server",
    requirements=("basic/response-id-matches",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Keep ids as they came, and refuse those that you cannot keep with -32600.",
    references=(_CWE_20,),
)
def trips_over_extreme_id(seen: Tries) -> Verdicts:
    """An id is cut or ended at a NUL where it becomes a key or a header: then two requests have one id, and one of
    them gets the answer of the other.
    """
    return judge_each(
        seen.control, seen.tries, _mixes_up, lambda one: f"The server answered {one.name} with {how(one.first)}."
    )


@scenario(impact=Impact.PROBING, needs=(newest_only,))
async def odd_tokens(probe: Probe) -> Tries:
    control, _ = await control_and_template(probe)

    def with_token(token: Any) -> Sends:
        async def send(by: Sender) -> Exchange:
            return await by.request(plain_method(probe), meta={"progressToken": token}, timeout=patience(control))

        return send

    tokens = {"an object": {"a": 1}, "an array": [1], "a boolean": True, "ten kilobytes": "t" * _LONG, "a NUL": "\0"}
    named = [(f"{what} for its progress token", with_token(token)) for what, token in tokens.items()]
    return Tries(control, await try_each(probe, named, breaks))


@check(
    odd_tokens,
    id="progress/trips-over-odd-token",
    title="A progress token of another type breaks the server",
    requirements=("robustness/refuses-odd-params",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Refuse progress tokens that are neither string nor integer with -32602, or ignore them.",
    references=(_CWE_20,),
)
def trips_over_odd_token(seen: Tries) -> Verdicts:
    """The token is the client's, and servers use it as a key. An object is no key in most languages."""
    return judge_each(
        seen.control, seen.tries, breaks, lambda one: f"The server answered {one.name} with {how(one.first)}."
    )


@scenario(impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def stray_responses(probe: Probe) -> Tries:
    """Answer questions that the server never asked, under ids that it may use for its next ones."""
    control, _ = await control_and_template(probe)

    def says(response: JsonObject) -> Sends:
        async def send(by: Sender) -> Exchange:
            return await by.send({"jsonrpc": "2.0", **response}, timeout=patience(control))

        return send

    elicited = {"action": "accept", "content": {"confirm": True}}
    named = [
        ("a result that nobody waits for", says({"id": fresh_id(probe), "result": {}})),
        *[(f"a result for the request {number}", says({"id": number, "result": elicited})) for number in (0, 1)],
        ("an error that nobody waits for", says({"id": "audit", "error": {"code": -32603, "message": "none"}})),
    ]
    return Tries(control, await try_each(probe, named, served_or_broken))


@check(
    stray_responses,
    id="jsonrpc/trips-over-stray-response",
    title="A response that nobody waits for is answered, or breaks the server",
    requirements=("robustness/ignores-stray-responses",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Look up what a response answers, and drop it where there is nothing; over HTTP say 202 or 400.",
    references=("https://cwe.mitre.org/data/definitions/345.html",),
)
def trips_over_stray_response(seen: Tries) -> Verdicts:
    """Clients answer late, or twice. A server that trips over that can be stopped by anyone; one that believes whatever
    arrives can be told what its user never said.
    """
    return judge_each(
        seen.control, seen.tries, served_or_broken, lambda one: f"The server answered {one.name} with {how(one.first)}."
    )
