"""Completions for the arguments of the prompt and the variables of the templates."""

from collections.abc import Callable
from typing import Final

from mcp_types import CompleteRequestParams, CompleteResult, Completion, PromptReference

from oraclepack_mcp.catalogue import Catalogue
from oraclepack_mcp.packs.validation import PROFILES
from oraclepack_mcp.server.answers import in_thread, invalid_params
from oraclepack_mcp.server.prompts import PROMPTS
from oraclepack_mcp.server.resources import TEMPLATES

MAX_VALUES: Final = 100

_SOURCES: Final[dict[str, Callable[[Catalogue], list[str]]]] = {
    "pack": lambda domain: domain.pack_ids(),
    "path": lambda domain: domain.pack_ids(),
    "profile": lambda _: list(PROFILES),
}


async def complete(domain: Catalogue, params: CompleteRequestParams) -> CompleteResult:
    """Values that start with what was typed; packs are also found by a path without the name of their root.

    Raises:
        MCPError: -32602, there is no such prompt, template, argument or variable.
    """
    name, typed = params.argument.name, params.argument.value
    if name not in _names(params):
        raise invalid_params("Nothing of that name can be completed.", {"name": name})
    values = await in_thread(_SOURCES[name], domain)
    matching = [value for value in values if value.startswith(typed) or value.partition(":")[2].startswith(typed)]
    return CompleteResult(
        completion=Completion(values=matching[:MAX_VALUES], total=len(matching), has_more=len(matching) > MAX_VALUES)
    )


def _names(params: CompleteRequestParams) -> set[str]:
    if isinstance(params.ref, PromptReference):
        prompt = next((prompt for prompt in PROMPTS if prompt.name == params.ref.name), None)
        if prompt is None:
            raise invalid_params("Unknown prompt.", {"name": params.ref.name})
        return {argument.name for argument in prompt.arguments or ()}
    template = next((known for known in TEMPLATES if known.template.template == params.ref.uri), None)
    if template is None:
        raise invalid_params("Unknown resource template.", {"uri": params.ref.uri})
    return set(template.template.variable_names)
