"""Log messages, whoever caused them: declared, with content, without secrets (server/utilities/logging)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Verdicts, check, feature, scenario
from mcp_audit_harness.model import (
    Category,
    Effort,
    Exchange,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    Verdict,
    failed,
    implemented,
    missing,
    not_applicable,
    not_observed,
    partial,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe

from ..credentials import inside_in, secret_in

METHOD = "notifications/message"
_OPENINGS = frozenset({"initialize", "server/discover"})
_MOST = 5
_MANY, _A_SECOND = 200, 100
"""A flood: more messages than these in answer to one request, and faster than these in a second."""
_NOT_SEEN = "no log message came; tools that may be called could cause some: --call all or --tool NAME"
_NOT_OFFERED = "the server declares no logging, and sends no log messages"


@dataclass(frozen=True, slots=True)
class Logged:
    """Every exchange in which log messages came, and how levels were set."""

    declared: bool
    opening: Exchange | None
    """The first answer that declares capabilities."""
    exchanges: tuple[Exchange, ...]
    levels: tuple[Exchange, ...]
    """Answers to `logging/setLevel`."""

    @property
    def shown(self) -> tuple[Exchange, ...]:
        """Exchanges in which messages came."""
        return tuple(exchange for exchange in self.exchanges if exchange.notifications(METHOD))

    def params(self) -> Iterator[tuple[JsonObject, Exchange]]:
        """Yield the params of each message."""
        for exchange in self.shown:
            for message in exchange.notifications(METHOD):
                params = message.get("params")
                if isinstance(params, dict):
                    yield params, exchange


@scenario(observes=True, bench=Bench.DIAGNOSTICS)
async def logged(probe: Probe) -> Logged:
    """Collect what was logged, whoever asked for it."""
    openings = [seen for seen in probe.transcript if seen.sent.method in _OPENINGS and _capable(seen)]
    return Logged(
        declared=probe.offer.declares("logging"),
        opening=openings[0] if openings else None,
        exchanges=tuple(seen for seen in probe.transcript if seen.notifications(METHOD)),
        levels=tuple(seen for seen in probe.transcript if seen.sent.method == "logging/setLevel" and seen.answered),
    )


def _capable(exchange: Exchange) -> bool:
    return isinstance((exchange.result or {}).get("capabilities"), dict)


@check(
    logged,
    id="logging/logs-without-capability",
    title="Log messages come from a server that does not declare logging",
    requirements=("logging/declare-logging-capability",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Declare the capability logging wherever you send notifications/message.",
)
def logs_without_capability(seen: Logged) -> Verdicts:
    """Clients set up their log by the declared capability. Messages that were not announced reach no handler, and
    nobody could choose their level.
    """
    if not seen.shown:
        return _nothing(seen)
    if seen.declared:
        return passed(*seen.shown[:_MOST])
    shown = [seen.opening] if seen.opening else []
    return failed("The server sent a log message and declares no logging.", seen.shown[0], *shown)


@check(
    logged,
    id="logging/secret-in-message",
    title="Log message holds a secret",
    requirements=("logging/log-no-secrets", "logging/log-remove-sensitive"),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Remove credentials before anything is logged; never log headers, environments or settings as a whole.",
    references=("https://cwe.mitre.org/data/definitions/532.html",),
    effort=Effort.MEDIUM,
)
def secret_in_message(seen: Logged) -> Verdicts:
    """Log messages go to whoever runs the client, into its files and often into the context of a model. A key that
    has been there has to be replaced. Only texts count whose form proves what they are, and that no request held.
    """
    return _judged(seen, lambda params, exchange: _given_away(secret_in, params, exchange))


@check(
    logged,
    id="logging/internals-in-message",
    title="Log message shows the inside of the server",
    requirements=("logging/log-no-secrets",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Log traces on the server's side, and send the client one sentence that says what failed.",
    references=("https://cwe.mitre.org/data/definitions/209.html",),
)
def internals_in_message(seen: Logged) -> Verdicts:
    """A stack trace names files, versions and the very line that failed: a map for whoever looks for a hole, and
    nothing that a client could act on.
    """
    return _judged(seen, lambda params, exchange: _given_away(inside_in, params, exchange))


@check(
    logged,
    id="logging/empty-message",
    title="Log message says nothing",
    requirements=("logging/log-context",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Put into data what happened, and to what.",
)
def empty_message(seen: Logged) -> Verdicts:
    """Whoever reads a log later has nothing but what is in `data`. Without content the message only costs."""
    return _judged(seen, lambda params, _: "without any data" if _is_empty(params.get("data")) else "")


@check(
    logged,
    id="logging/inconsistent-logger-names",
    title="One logger has two names",
    requirements=("logging/log-logger-names",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Spell the name of each logger in one way.",
)
def inconsistent_logger_names(seen: Logged) -> Verdicts:
    """Clients filter by the name of the logger. Names that differ only in capitals or signs are one logger to people,
    and two to the filter.
    """
    if not seen.shown:
        return _nothing(seen)
    first: dict[str, tuple[str, Exchange]] = {}
    for params, exchange in seen.params():
        name = params.get("logger")
        if not isinstance(name, str) or not name:
            continue
        other, where = first.setdefault("".join(filter(str.isalnum, name.casefold())), (name, exchange))
        if other != name:
            return failed(f"One logger is named {other[:60]!r}, and {name[:60]!r}.", exchange, where)
    if not first:
        return not_observed("no log message names its logger", *seen.shown[:_MOST])
    return passed(*[exchange for _, exchange in first.values()][:_MOST])


@check(
    logged,
    id="logging/floods-client",
    title="One request is answered with a flood of log messages",
    requirements=("logging/log-rate-limit",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Limit how many messages you send in a second; join those that repeat.",
    effort=Effort.MEDIUM,
)
def floods_client(seen: Logged) -> Verdicts:
    """Every message is parsed, shown and kept by a client that asked for the answer of a tool. What comes faster than
    anybody can read delays that answer.
    """
    if not seen.shown:
        return _nothing(seen)
    for exchange in seen.shown:
        count = len(exchange.notifications(METHOD))
        if count > _MANY and count * 1000 > _A_SECOND * exchange.elapsed_ms:
            return failed(f"The server sent {count} log messages with the answer to one request.", exchange)
    return passed(*seen.shown[:_MOST])


@feature(
    logged,
    id="logging/log-messages",
    title="Log messages",
    since="2024-11-05",
    page="server/utilities/logging",
    priority=Priority.LOW,
    effort=Effort.MEDIUM,
    remediation="Declare logging, and send notifications/message for what happens while a request is served.",
    requirements=("logging/log-at-or-above-level",),
)
def log_messages(seen: Logged) -> Sighting:
    """What a tool does on the way to its result shows in the client, without access to the server's own log."""
    if seen.shown and seen.declared:
        return implemented("log messages came", *seen.shown[:_MOST])
    if seen.shown:
        return partial("log messages came, but logging is not declared", *seen.shown[:_MOST])
    if seen.declared or seen.opening is None or not seen.opening.answered:
        return unseen(_NOT_SEEN)
    return missing("logging is not declared, and no log message came", seen.opening)


@feature(
    logged,
    id="logging/level-setting",
    title="Log level that clients set",
    since="2024-11-05",
    until="2026-07-28",
    page="server/utilities/logging#setting-log-level",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Serve logging/setLevel, and send nothing below the level that was set.",
)
def level_setting(seen: Logged) -> Sighting:
    """A client that looks for a fault wants every message; one in daily use wants errors alone."""
    answered = [exchange for exchange in seen.levels if exchange.answered]
    served = [exchange for exchange in answered if exchange.ok]
    if served:
        return implemented("logging/setLevel is served", *served[:_MOST])
    if answered:
        return missing("logging/setLevel is refused", *answered[:_MOST])
    if seen.declared or seen.opening is None or not seen.opening.answered:
        return unseen("no level was set in this run")
    return missing("logging is not declared", seen.opening)


def _judged(seen: Logged, trouble: Callable[[JsonObject, Exchange], str]) -> Verdicts:
    """Judge each message by what `trouble` finds in it: a noun phrase, or nothing."""
    if not seen.shown:
        return _nothing(seen)
    failures: dict[str, Verdict] = {}
    for params, exchange in seen.params():
        found = trouble(params, exchange)
        if found:
            message = f"The server sent a log message {found}, in answer to {exchange.sent.method or 'no request'}."
            failures.setdefault(found, failed(message, exchange))
    return list(failures.values())[:_MOST] or passed(*seen.shown[:_MOST])


def _nothing(seen: Logged) -> Verdict:
    return not_observed(_NOT_SEEN) if seen.declared else not_applicable(_NOT_OFFERED)


def _given_away(search: Callable[[str, str], str], params: JsonObject, exchange: Exchange) -> str:
    found = next(filter(None, (search(text, exchange.sent.body) for text in _texts(params))), "")
    return f"with {found}" if found else ""


def _texts(value: object) -> Iterator[str]:
    waiting: list[object] = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict):
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)


def _is_empty(data: object) -> bool:
    return data is None or data in ("", [], {}) or (isinstance(data, str) and not data.strip())
