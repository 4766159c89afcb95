"""What a caller of smaller scope is not shown, it is not served either: tools, resources, completions.

It takes a second token of the operator's, of a smaller scope. What a server shows of its lists to one caller and not to
another is what it says that it keeps from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    SeverityByExposure,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe, Session

from ..arguments import valid_arguments
from .challenge import guarded, out_of_order
from .completion import open_arguments, values_of
from .inventory import LISTS

_NONE = "no token of a smaller scope was given; name one with --low-scope-bearer-env VAR"
_MOST = 8
_MOST_TOOLS = 60
_ENOUGH = 3
_LONGEST_MS = 8_000.0
_MAX_PAGES = 5
_PATIENCE_S = 2.0
_HOLE = SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH)
_REFERENCES = ("https://cwe.mitre.org/data/definitions/862.html",)
_REMEDIATION = "Check the rights of the caller where the request is served, not only where the list is made."


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as the operator and as the caller of smaller scope."""

    name: str
    hidden: bool
    """Whether it concerns what is listed to the operator, and not to the other."""
    wide: Exchange
    """The same exchange as `narrow` where the other caller was served what it is shown: there is nothing to compare."""
    narrow: Exchange

    @property
    def apart(self) -> bool:
        """Whether the operator is served, and the other refused."""
        return _went_well(self.wide) and not _went_well(self.narrow) and not out_of_order(self.narrow)


@dataclass(frozen=True, slots=True)
class NarrowCaller:
    """Lists as the two callers see them, and the same requests of both."""

    lists: tuple[Exchange, ...]
    """Those of the caller of smaller scope."""
    calls: tuple[Asked, ...]
    reads: tuple[Asked, ...]
    completions: tuple[Asked, ...]
    secrets: tuple[str, ...]
    """Names and URIs that only the operator is shown."""


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(guarded,), timeout_s=40.0, bench=Bench.AUTHORIZED)
async def narrow_caller(probe: Probe) -> NarrowCaller:
    headers = probe.identity("low-scope")
    if headers is None:
        raise Unobservable(_NONE)
    async with probe.session() as own, probe.session(headers=headers) as other:
        if not (own.usable and other.usable):
            raise Unobservable("no session could be opened with both tokens")
        pages = [page for method in _served_lists(probe) for page in await _pages(other, method)]
        shown = {name for page in pages for name in _names(page)}
        listed = [*probe.offer.tools, *probe.offer.resources, *probe.offer.prompts]
        secrets = {name for item in listed for name in _keys(item)} - shown if all(page.ok for page in pages) else set()

        async def ask(name: str, method: str, params: JsonObject) -> Asked:
            narrow = await other.request(method, params, timeout=_PATIENCE_S)
            plain = name not in secrets and _went_well(narrow)
            wide = narrow if plain else await own.request(method, params, timeout=_PATIENCE_S)
            return Asked(name, name in secrets, wide, narrow)

        calls: list[Asked] = []
        tools = _from_both_ends(probe.callable_tools())
        for tool in sorted(tools, key=lambda tool: tool.get("name") not in secrets)[:_MOST_TOOLS]:
            if len([one for one in calls if one.apart]) >= _ENOUGH or sum(map(_spent_ms, calls)) > _LONGEST_MS:
                break
            params = {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}
            calls.append(await ask(str(tool["name"]), "tools/call", params))
        uris = [item["uri"] for item in probe.offer.resources if isinstance(item.get("uri"), str)]
        reads = [
            await ask(uri, "resources/read", {"uri": uri})
            for uri in sorted(uris, key=lambda uri: uri not in secrets)[:_MOST]
        ]
        arguments = list(open_arguments(probe))[:_MOST] if probe.offer.declares("completions") else []
        completions = [
            await ask(name, "completion/complete", {"ref": reference, "argument": {"name": name, "value": ""}})
            for reference, name in arguments
        ]
    return NarrowCaller(tuple(pages), tuple(calls), tuple(reads), tuple(completions), tuple(sorted(secrets)))


def _from_both_ends(tools: Sequence[JsonObject]) -> list[JsonObject]:
    """Return tools of every part of a list among the first: what lies side by side often needs the same right."""
    half = (len(tools) + 1) // 2
    pairs = zip_longest(tools[:half], reversed(tools[half:]))
    return [tool for pair in pairs for tool in pair if tool is not None]


def _served_lists(probe: Probe) -> list[str]:
    return [method for method in LISTS if probe.offer.declares(method.partition("/")[0])]


async def _pages(session: Session, method: str) -> list[Exchange]:
    pages = [await session.request(method)]
    while len(pages) < _MAX_PAGES and isinstance(cursor := (pages[-1].result or {}).get("nextCursor"), str):
        pages.append(await session.request(method, {"cursor": cursor}))
    return pages


def _names(page: Exchange) -> set[str]:
    items = (page.result or {}).get(LISTS.get(page.sent.method or "", ""))
    return {
        name for item in (items if isinstance(items, list) else ()) if isinstance(item, dict) for name in _keys(item)
    }


def _keys(item: JsonObject) -> set[str]:
    return {value for value in (item.get("uri"), item.get("name")) if isinstance(value, str) and value}


@check(
    narrow_caller,
    id="tools/serves-hidden-tool",
    title="Tool that a caller is not shown runs for it",
    requirements=("tools/tool-access-control",),
    severity=_HOLE,
    category=Category.SECURITY,
    remediation=_REMEDIATION,
    references=_REFERENCES,
)
def serves_hidden_tool(seen: NarrowCaller) -> Verdicts:
    """A filter on the list is no lock: names of tools stand in documentation and in other people's lists, and whoever
    knows one may call it.
    """
    return _kept(seen, seen.calls, "tool")


@check(
    narrow_caller,
    id="resources/serves-hidden-resource",
    title="Resource that a caller is not shown can be read by it",
    requirements=("resources/resource-access-control", "resources/resource-permission-check"),
    severity=_HOLE,
    category=Category.SECURITY,
    remediation=_REMEDIATION,
    references=_REFERENCES,
)
def serves_hidden_resource(seen: NarrowCaller) -> Verdicts:
    """A filter on the list is no lock: URIs can be guessed, and are handed on in conversations."""
    return _kept(seen, seen.reads, "resource")


def _kept(seen: NarrowCaller, asked: Sequence[Asked], kind: str) -> Verdicts:
    """A FAIL for what is hidden and served; a PASS where the two callers are told apart at all."""
    apart = [one for one in asked if one.apart]
    served = [
        failed(
            f"{one.name[:80]} is served to a caller to whom it is not listed",
            one.narrow,
            one.wide,
            *seen.lists[:_MAX_PAGES],
            subject=f"{kind}:{one.name[:80]}",
        )
        for one in asked
        if one.hidden and _went_well(one.wide) and _went_well(one.narrow)
    ]
    if served:
        return served
    if not apart:
        return not_observed(f"no {kind} was refused to the caller of smaller scope; none of those tried may need more")
    return passed(*(exchange for one in apart for exchange in (one.narrow, one.wide)))


@check(
    narrow_caller,
    id="completion/suggests-hidden-names",
    title="Completion names what the caller is not shown",
    requirements=("completion/completion-access-control",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Suggest only what the caller may see.",
    references=("https://cwe.mitre.org/data/definitions/200.html",),
)
def suggests_hidden_names(seen: NarrowCaller) -> Verdicts:
    """Completion is a way around the list: who is not shown a project types its first letter, and is told its name."""
    if not seen.secrets:
        return not_observed("the caller of smaller scope is shown all that the operator is shown", *seen.lists)
    told = [
        failed(
            f"completion suggests {names[0][:80]!r} to a caller to whom it is not listed",
            one.narrow,
            one.wide,
            *seen.lists[:_MAX_PAGES],
            subject=f"argument:{one.name[:80]}",
        )
        for one in seen.completions
        if (names := sorted(set(values_of(one.narrow)) & set(seen.secrets)))
    ]
    if told:
        return told
    answered = [one.narrow for one in seen.completions if one.narrow.answered]
    return passed(*answered) if answered else not_observed("no completion was answered", *seen.lists)


def _went_well(exchange: Exchange) -> bool:
    return exchange.result is not None and exchange.result.get("isError") is not True


def _spent_ms(one: Asked) -> float:
    return one.wide.elapsed_ms + one.narrow.elapsed_ms
