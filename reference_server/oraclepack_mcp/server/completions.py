"""Completions for the arguments of the prompts and the variables of the templates, within the scopes of the caller."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mcp_types import CompleteRequestParams, CompleteResult, Completion, PromptReference

from oraclepack_mcp.domain import Domain
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.validation import PROFILES
from oraclepack_mcp.security.scopes import Caller, Scope
from oraclepack_mcp.server.answers import in_thread, invalid_params
from oraclepack_mcp.server.prompts import MODES, PROMPTS
from oraclepack_mcp.server.resources.declared import TEMPLATES

MAX_VALUES: Final = 100


@dataclass(frozen=True, slots=True)
class _Source:
    """Where values come from: the domain, and what was filled in already. What needs a scope is empty without it."""

    values: Callable[[Domain, Mapping[str, str]], list[str]]
    scope: Scope | None = None


_PACK_IDS: Final = _Source(lambda domain, _: domain.packs.pack_ids(), "packs:read")
_SOURCES: Final[dict[str, _Source]] = {
    "pack": _PACK_IDS,
    "path": _PACK_IDS,
    "stage2_path": _Source(lambda domain, _: ["auto", *domain.packs.pack_ids()], "packs:read"),
    "run_id": _Source(lambda domain, _: [run.run_id for run in domain.runs.list(limit=200).runs], "runs:read"),
    "profile": _Source(lambda _domain, _filled: list(PROFILES)),
    "scope": _Source(lambda _domain, _filled: ["project", "global"]),
    "mode": _Source(lambda _domain, _filled: list(MODES)),
}
_STEPS_OF_A_RUN: Final = _Source(
    lambda domain, filled: [step.id for step in domain.runs.get(filled["run_id"]).steps], "runs:read"
)
_STEPS_OF_A_PACK: Final = _Source(
    lambda domain, filled: [
        step.id for step in domain.packs.get_pack(filled.get("pack") or filled.get("path") or "", False).steps
    ],
    "packs:read",
)
_NOTHING: Final = _Source(lambda _domain, _filled: [])


async def complete(domain: Domain, caller: Caller, params: CompleteRequestParams) -> CompleteResult:
    """Values that start with what was typed; packs are also found by a path without the name of their root.

    Raises:
        MCPError: -32602, there is no such prompt, template, argument or variable.
    """
    name, typed = params.argument.name, params.argument.value
    if name not in _names(params):
        raise invalid_params("Nothing of that name can be completed.", {"name": name})
    filled = (params.context.arguments if params.context else None) or {}
    source = _source(name, filled)
    values = await in_thread(_values, source, domain, filled) if _may(caller, source) else []
    matching = [value for value in values if value.startswith(typed) or value.partition(":")[2].startswith(typed)]
    return CompleteResult(
        completion=Completion(values=matching[:MAX_VALUES], total=len(matching), has_more=len(matching) > MAX_VALUES)
    )


def _source(name: str, filled: Mapping[str, str]) -> _Source:
    if name == "step_id":
        return _STEPS_OF_A_RUN if "run_id" in filled else _STEPS_OF_A_PACK
    return _SOURCES.get(name, _NOTHING)


def _values(source: _Source, domain: Domain, filled: Mapping[str, str]) -> list[str]:
    try:
        return source.values(domain, filled)
    except DomainError:
        return []


def _may(caller: Caller, source: _Source) -> bool:
    return source.scope is None or caller.may(source.scope)


def _names(params: CompleteRequestParams) -> set[str]:
    if isinstance(params.ref, PromptReference):
        prompt = next((prompt for prompt in PROMPTS if prompt.name == params.ref.name), None)
        if prompt is None:
            raise invalid_params("Unknown prompt.", {"name": params.ref.name})
        return {argument.name for argument in prompt.arguments}
    template = next((known for known in TEMPLATES if known.template.template == params.ref.uri), None)
    if template is None:
        raise invalid_params("Unknown resource template.", {"uri": params.ref.uri})
    return set(template.template.variable_names)
