"""What a fault is: a name, a sentence, and the hooks by which it breaks the clean server.

A fault's name is the id of the check that must find it; those of level `security` bring back weaknesses of the
program that this server replaces, and a test attacks each. A fault is a module-level value; the decorators make one
from a function, whose docstring says in one sentence what is broken:

    @rewrites("ping/answers-with-text", "feature")
    def answers_ping_with_text(message, context):
        \"\"\"The result of ping carries a text.\"\"\"
        ...
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, Literal, Protocol, TypeAlias, get_args

Level: TypeAlias = Literal["wire", "transport", "session", "feature", "security", "load"]
Era: TypeAlias = Literal["handshake", "stateless"]
Json: TypeAlias = dict[str, Any]

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class LineReader(Protocol):
    """Lines from the client, each with its newline; bytes that are no UTF-8 are kept as surrogate escapes."""

    def __aiter__(self) -> AsyncIterator[str]: ...


class LineWriter(Protocol):
    """Text to the client; surrogate escapes become the bytes that they stand for."""

    async def write(self, text: str, /) -> object:
        """Take text, which ends with a newline wherever a message does."""

    async def flush(self) -> object:
        """Hand on what was written."""


@dataclass(frozen=True, slots=True)
class LineStreams:
    """The two ends of a stdio connection as the server sees them; the server stops when `stdin` ends."""

    stdin: LineReader
    stdout: LineWriter


@dataclass(frozen=True, slots=True)
class Context:
    """Where a message travels.

    `revision` is the best known one: negotiated, from the header, or from `_meta`. `headers` are those of the HTTP
    request, names in lower case; empty on stdio. `session` is scratch space that lives as long as the HTTP session id
    or the stdio connection; HTTP requests that carry no session id share one per app, except `initialize`, which starts
    a new one. `request` is the request that the message answers, where the message is a response.
    """

    transport: Literal["http", "stdio"]
    era: Era | None = None
    revision: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)
    request: Json | None = None


class Passage(Enum):
    """What to do with an incoming message that is neither answered nor changed."""

    PASS = "pass"  # noqa: S105 - the word for handing on, no credential
    DROP = "drop"


PASS: Final[Literal[Passage.PASS]] = Passage.PASS
"""Hand the message to the clean server as it came."""
DROP: Final[Literal[Passage.DROP]] = Passage.DROP
"""Swallow the message: HTTP answers 202 with an empty body, stdio says nothing."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Hand a changed message to the clean server.

    `message` is a JSON value, or bytes to be handed on as they are. `headers` replace those of the HTTP request (names
    in lower case; None removes one) and mean nothing on stdio.
    """

    message: Any
    headers: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer in the clean server's place; on stdio only a payload that is not None is sent.

    `payload` is a JSON value, bytes to be sent as they are, or None for an empty body. Where a rewrite returns one,
    status and headers count if the message is the one JSON body of an HTTP answer; elsewhere only the payload does.
    """

    payload: Json | list[Any] | bytes | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Rewritten: TypeAlias = Json | list[Any] | bytes | Answer | None
Reply: TypeAlias = Json | list[Any] | bytes | Answer | Forward | Passage
Rewrite: TypeAlias = Callable[[Json, Context], Rewritten]
Answerer: TypeAlias = Callable[[Any, Context], Reply]
HttpWrapper: TypeAlias = Callable[[ASGIApp], ASGIApp]
StdioWrapper: TypeAlias = Callable[[LineStreams], LineStreams]
Replacement: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """A named way to break the clean server; at least one hook is set.

    `rewrite` changes every message that the server sends, `answer` sees every incoming message before the server does,
    `http` and `stdio` wrap the transport outermost, `parts` replaces parts of the server while it is served: each key
    names a part, like `oraclepack_mcp.security.roots.open_part`, each value makes a new part of the old one.
    """

    name: str
    level: Level
    about: str
    rewrite: Rewrite | None = None
    answer: Answerer | None = None
    http: HttpWrapper | None = None
    stdio: StdioWrapper | None = None
    parts: Mapping[str, Replacement] | None = None

    def __post_init__(self) -> None:
        """Refuse a fault that could not be found, explained, or that breaks nothing.

        Raises:
            ValueError: a malformed name, an unknown level, no sentence, or no hook.
        """
        area, slash, rest = self.name.partition("/")
        if not (area and slash and rest) or "/" in rest or self.name != self.name.lower() or " " in self.name:
            raise ValueError(f"fault {self.name!r}: a name is the id of its check, like 'ping/never-answers'")
        if self.level not in get_args(Level):
            raise ValueError(f"fault {self.name}: unknown level {self.level!r}")
        if not self.about:
            raise ValueError(f"fault {self.name}: say in a docstring what is broken")
        if not any((self.rewrite, self.answer, self.http, self.stdio, self.parts)):
            raise ValueError(f"fault {self.name}: no hook, so it would break nothing")


def rewrites(name: str, level: Level) -> Callable[[Rewrite], Fault]:
    """Make a fault of `f(message, context)`, called for every message that the server sends.

    It returns the message to send instead: None drops it, a list sends several, bytes are sent as they are, an `Answer`
    has an HTTP status of its own. On an HTTP answer of one JSON body, dropping gives an empty 202 and several become a
    JSON array. The members of a batch pass one by one.
    """
    return lambda function: Fault(name, level, _about(name, function), rewrite=function)


def answers(name: str, level: Level) -> Callable[[Answerer], Fault]:
    """Make a fault of `f(message, context)`, called for every incoming message before the clean server sees it.

    `message` is the decoded JSON value (a list for a batch), or bytes where it cannot be decoded. It returns PASS,
    DROP, `Forward`, or the answer: a JSON value, bytes, or an `Answer` with an HTTP status and headers of its own.
    """
    return lambda function: Fault(name, level, _about(name, function), answer=function)


def wraps_http(name: str, level: Level) -> Callable[[HttpWrapper], Fault]:
    """Make a fault of `f(app)`, which returns the ASGI app to serve instead; it is outermost and sees raw ASGI."""
    return lambda function: Fault(name, level, _about(name, function), http=function)


def wraps_stdio(name: str, level: Level) -> Callable[[StdioWrapper], Fault]:
    """Make a fault of `f(streams)`, which returns the line streams to serve instead; it is outermost.

    It runs in the event loop before the first line is read, so it may also set signal handlers; a `stdin` that does not
    end, or that leaves the process, changes how the server exits.
    """
    return lambda function: Fault(name, level, _about(name, function), stdio=function)


def replaces(name: str, level: Level, *parts: str) -> Callable[[Replacement], Fault]:
    """Make a fault of `f(part)`, which returns what stands in the place of each named part of the server.

    A part is a module attribute or a class attribute by its full name. A function that other modules have imported by
    name is one part for each of them.
    """
    return lambda function: Fault(name, level, _about(name, function), parts=dict.fromkeys(parts, function))


def both(*parts: Fault) -> Fault:
    """Join faults of one name that hook in at different places; give the parts private names (`_in_header`, …).

    Raises:
        ValueError: names or levels differ, two parts use the same hook, or there is no part.
    """
    if not parts:
        raise ValueError("nothing to join")
    joined = parts[0]
    for part in parts[1:]:
        if (part.name, part.level) != (joined.name, joined.level):
            raise ValueError(f"{part.name} ({part.level}) is not a part of {joined.name} ({joined.level})")
        hooks = {hook: value for hook in _HOOKS if (value := getattr(part, hook)) is not None}
        if joined.parts is not None and part.parts is not None and not joined.parts.keys() & part.parts.keys():
            joined = replace(joined, parts={**joined.parts, **hooks.pop("parts")})
        if taken := [hook for hook in hooks if getattr(joined, hook) is not None]:
            raise ValueError(f"fault {joined.name}: two parts hook in at {', '.join(taken)}")
        joined = replace(joined, **hooks)
    return joined


_HOOKS: Final = ("rewrite", "answer", "http", "stdio", "parts")


def _about(name: str, function: Callable[..., Any]) -> str:
    first, _, _ = (function.__doc__ or "").strip().partition("\n\n")
    if not first:
        raise ValueError(f"fault {name}: say in a docstring what is broken")
    return " ".join(first.split())
