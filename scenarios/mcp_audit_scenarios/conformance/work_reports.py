"""How progress is reported: how often, in what words, until when (page `basic/utilities/progress`)."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Verdicts, check, feature, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    Transport,
    Verdict,
    failed,
    implemented,
    missing,
    not_observed,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe

from .talkative_tools import talkative
from .trials import plain_method

_METHOD = "notifications/progress"
_PATIENCE_S = 3.0
_MANY, _PER_SECOND = 100, 50.0
"""So many reports in one exchange, and so many in a second, are a flood."""
_NONE = "no progress was reported; tools that may be called could cause some"


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that carried a progress token, and its exchange."""

    token: str | int
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Reports:
    """Every request of the revision that asked for progress, and every exchange in which some arrived, in order."""

    asking: tuple[Asking, ...]
    exchanges: tuple[Exchange, ...]


@scenario(impact=Impact.PROBING, timeout_s=20.0, bench=Bench.DIAGNOSTICS)
async def reports(probe: Probe) -> Reports:
    """Call tools that speak while they work, and collect all progress of the revision so far."""
    made: list[Exchange] = []
    for params in talkative(probe):
        meta = {"progressToken": f"report-{probe.rng.getrandbits(48):x}"}
        made.append(await probe.request("tools/call", params, meta=meta, timeout=_PATIENCE_S))
    if made:
        made.append(await probe.request(plain_method(probe)))
    seen = (*probe.transcript, *made)
    asking = [
        Asking(token, exchange)
        for exchange in seen
        if exchange.sent.rpc_id is not None and (token := _token(exchange)) is not None
    ]
    return Reports(tuple(asking), tuple(found for found in seen if found.notifications(_METHOD)))


def _token(exchange: Exchange) -> str | int | None:
    try:
        sent = json.loads(exchange.sent.body) if "progressToken" in exchange.sent.body else None
    except (ValueError, RecursionError):
        return None
    for member in ("params", "_meta", "progressToken"):
        sent = sent.get(member) if isinstance(sent, dict) else None
    return sent if isinstance(sent, str | int) and not isinstance(sent, bool) else None


def _params(message: JsonObject) -> JsonObject:
    params = message.get("params")
    return params if isinstance(params, dict) else {}


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


@check(
    reports,
    id="progress/after-completion",
    title="Progress is reported when the request has been answered",
    requirements=("progress/progress-stops",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Stop reporting when the request completes: send the last report before the response.",
)
def after_completion(seen: Reports) -> Verdict:
    """With the response the client forgets the token. What comes later is an error to it, or counts for another
    request that has got the same token meanwhile. Tasks report longer than their first response, and are not judged.
    """
    finished: list[Exchange] = []
    given = Counter((type(asked.token), asked.token) for asked in seen.asking)
    for asked in seen.asking:
        result = asked.exchange.result
        if result is None or "task" in result or given[type(asked.token), asked.token] > 1:
            continue
        late = next(_late(asked, seen.exchanges), None)
        if late is not None:
            message = f"The server reported progress for the token {asked.token!r} after the response."
            return failed(message, asked.exchange, late)
        if _of(asked.exchange, asked.token):
            finished.append(asked.exchange)
    return passed(*finished) if finished else not_observed(_NONE)


def _of(exchange: Exchange, token: str | int) -> bool:
    return any(_same(_params(found).get("progressToken"), token) for found in exchange.notifications(_METHOD))


def _late(asked: Asking, exchanges: tuple[Exchange, ...]) -> Iterator[Exchange]:
    """Yield exchanges in which progress came after the response.

    Where everything comes on one stream, an exchange keeps what names it until its response; so what a later one holds
    is late. Over Streamable HTTP the order on different streams cannot be told.
    """
    reply, is_over = asked.exchange.reply, False
    for message in asked.exchange.objects:
        is_over = is_over or message is reply
        if is_over and message.get("method") == _METHOD and _same(_params(message).get("progressToken"), asked.token):
            yield asked.exchange
    for exchange in exchanges:
        one_stream = exchange.transport is not Transport.HTTP
        if one_stream and _place(exchange) > _place(asked.exchange) and _of(exchange, asked.token):
            yield exchange


def _place(exchange: Exchange) -> tuple[int, str]:
    """Return what orders exchanges as they were recorded: ids are numbers of at least four digits."""
    return len(exchange.id), exchange.id


@check(
    reports,
    id="progress/floods",
    title="Progress is reported more often than anybody can look",
    requirements=("progress/progress-rate-limit",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Report at most a few times a second, whatever the steps of the work are.",
)
def floods(seen: Reports) -> Verdict:
    """Each report is a message to send, to parse and to show. Hundreds of them in a second slow down both sides and
    tell no more than a few would.
    """
    judged: list[Exchange] = []
    for exchange in seen.exchanges:
        tokens = Counter(repr(_params(found).get("progressToken")) for found in exchange.notifications(_METHOD))
        for token, times in tokens.items():
            if times > _MANY and times > _PER_SECOND * exchange.elapsed_ms / 1000:
                how_long = f"{exchange.elapsed_ms:.0f} ms"
                return failed(
                    f"The server reported progress {times} times in {how_long} for the token {token}.", exchange
                )
            judged.append(exchange)
    return passed(*judged) if judged else not_observed(_NONE)


@check(
    reports,
    id="progress/unreadable-message",
    title="The message of a progress report tells a human nothing",
    requirements=("progress/progress-message-readable",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Say in a few words what is being done, or leave the message out.",
)
def unreadable_message(seen: Reports) -> Verdicts:
    """Clients show the message beside the bar. One without a single letter says no more than the numbers do."""
    worded: list[Exchange] = []
    for exchange in seen.exchanges:
        for found in exchange.notifications(_METHOD):
            text = _params(found).get("message")
            if isinstance(text, str) and not any(letter.isalpha() for letter in text):
                return failed(f"The server reported progress with the message {text[:60]!r}.", exchange)
            if isinstance(text, str):
                worded.append(exchange)
    return passed(*worded) if worded else not_observed("no progress was reported with a message")


@feature(
    reports,
    id="progress/progress",
    title="Progress of long requests is reported",
    since="2024-11-05",
    page="basic/utilities/progress",
    priority=Priority.MEDIUM,
    remediation="Report progress from handlers that take more than a second, when the request has a progressToken.",
    requirements=(
        "progress/progress-notification-allowed",
        "progress/progress-optional",
        "progress/progress-may-be-float",
    ),
)
def progress(seen: Reports) -> Sighting:
    """A user who sees that something goes on waits; a client extends its deadline. Without reports both give up on
    work that is nearly done.
    """
    if seen.exchanges:
        return implemented("progress was reported to requests that asked for it", *seen.exchanges[:3])
    return unseen("no request that asked for progress heard of any; tools that may be called could cause some")


@feature(
    reports,
    id="progress/messages",
    title="Progress reports say what is being done",
    since="2025-03-26",
    page="basic/utilities/progress",
    priority=Priority.LOW,
    remediation="Give each progress notification a message of a few words.",
)
def messages(seen: Reports) -> Sighting:
    """Numbers alone do not tell a user whether to wait or to stop."""
    said = [found for exchange in seen.exchanges for found in exchange.notifications(_METHOD)]
    worded = [found for found in said if isinstance(_params(found).get("message"), str)]
    if not said:
        return unseen("no progress was reported")
    if not worded:
        return missing("no report has a message", *seen.exchanges[:3])
    return implemented(f"{len(worded)} of {len(said)} reports have a message", *seen.exchanges[:3])
