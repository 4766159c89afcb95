"""How a target is asked for a path: in one session, again in another, and wherever it takes one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from mcp_audit_harness.model import Exchange, JsonObject
from mcp_audit_harness.probe import Probe, Session

from ..conformance.asking import Client, desk
from ..conformance.client_replies import ACCEPT
from ..conformance.roots import shows_roots
from .path_arguments import PathArgument, readers
from .path_forms import Spell, absolute, as_uri, relative_to
from .uri_templates import Template, templates

Call: TypeAlias = Callable[[str, JsonObject], Awaitable[Exchange]]
"""Sends a request: its method and its parameters."""

_PATIENCE_S: Final = 5.0
_MOST_TEMPLATES: Final = 3


@dataclass(frozen=True, slots=True)
class Callers:
    """Two ways to send the same request."""

    call: Call
    """In the session of the scenario."""
    again: Call
    """In a new one."""


@dataclass(frozen=True, slots=True)
class Way:
    """Something that takes a path."""

    subject: str
    """How findings name it."""
    method: str
    params: Callable[[str], JsonObject]
    """From a path to the parameters of the request."""
    spellings: tuple[Spell, ...]
    """The forms in which it may want its paths."""
    limit: str = ""
    """What says that it is kept to a directory; empty where nothing does."""


@asynccontextmanager
async def callers(probe: Probe, directory: str = "") -> AsyncIterator[Callers]:
    """Yield how to ask; a target that has asked for roots is told that `directory` is the only one."""
    asked = bool(directory) and roots_asked(probe)
    client = Client(roots=(PurePosixPath(directory).as_uri(),)) if asked else None

    async def fresh(method: str, params: JsonObject) -> Exchange:
        async with probe.session(answers=client) as session:
            if asked and session.usable:
                await session.request("ping")  # whoever asks for the roots does so before it answers
            return await session.request(method, params, timeout=_PATIENCE_S)

    if client is None:
        yield Callers(_plain(probe), fresh)
        return
    async with desk(probe, client) as full:

        async def told(method: str, params: JsonObject) -> Exchange:
            if method != "tools/call":
                return await _plain(full.caller)(method, params)
            tool, arguments = {"name": params["name"]}, params["arguments"]
            return (await full.call(tool, ACCEPT, arguments=arguments, timeout=_PATIENCE_S)).end

        yield Callers(told, fresh)


def roots_asked(probe: Probe) -> bool:
    """Whether the target has asked any client for its roots."""
    return any(map(shows_roots, probe.transcript))


def _plain(caller: Probe | Session) -> Call:
    async def asked(method: str, params: JsonObject) -> Exchange:
        return await caller.request(method, params, timeout=_PATIENCE_S)

    return asked


def ways(probe: Probe, directory: str = "") -> Iterator[Way]:
    """Yield everything that takes a path and may be asked for one, tools first; `directory` is what may be read."""
    spellings = (absolute, as_uri, relative_to(directory)) if directory else (absolute,)
    general = _general_limit(probe, directory)
    for argument in readers(probe.callable_tools()):
        yield _tool_way(argument, directory, spellings, general)
    listed = [template for template in templates(probe.offer.resource_templates) if template.takes_path]
    for template in listed[:_MOST_TEMPLATES]:
        yield from (_template_way(template, spellings, raw=raw) for raw in (False, True))
    if lists_files(probe.offer.resources):
        yield Way("resource:file", "resources/read", lambda value: {"uri": value}, (as_uri,), general)


def _tool_way(argument: PathArgument, directory: str, spellings: tuple[Spell, ...], general: str) -> Way:
    limit = general or ("its description says where its paths have to lie" if argument.confined else "")

    def params(value: str) -> JsonObject:
        return {"name": argument.tool["name"], "arguments": argument.arguments(value, directory)}

    return Way(argument.subject, "tools/call", params, spellings, limit)


def _template_way(template: Template, spellings: tuple[Spell, ...], *, raw: bool) -> Way:
    def params(value: str) -> JsonObject:
        return {"uri": template.filled(value, raw=raw)}

    return Way(template.subject, "resources/read", params, spellings)


def _general_limit(probe: Probe, directory: str) -> str:
    """Return what says that the whole target is kept to the directory."""
    if directory and directory in probe.survey.label:
        return "its command line names the directory"
    return "it asked for the client's roots" if directory and roots_asked(probe) else ""


def lists_files(resources: Iterable[JsonObject]) -> bool:
    """Whether a resource is listed that has the address of a file."""
    uris = (item.get("uri") for item in resources)
    return any(isinstance(uri, str) and uri.startswith("file:") for uri in uris)
