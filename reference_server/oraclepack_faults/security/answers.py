"""Weaknesses of what answers say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mcp_types import TextContent

from oraclepack_faults.fault import both, replaces

Function = Callable[..., Any]


@replaces("oraclepack/s24-failures-as-text", "security", "oraclepack_mcp.server.tools.toolbox.refused")
def _refusals_as_text(refused: Function) -> Function:
    """What was refused or has failed is answered as if it had gone well."""
    return lambda error: refused(error).model_copy(update={"is_error": False})


@replaces("oraclepack/s24-failures-as-text", "security", "oraclepack_mcp.server.tools.toolbox.ToolBox._answer")
def _failures_as_text(answer: Function) -> Function:
    """What was refused or has failed is answered as if it had gone well."""
    return lambda self, spec, value: answer(self, replace(spec, failure=None), value)


failures_as_text = both(_refusals_as_text, _failures_as_text)


@replaces("oraclepack/s25-output-in-fences", "security", "oraclepack_mcp.server.tools.toolbox.ToolBox._answer")
def output_in_fences(answer: Function) -> Function:
    """Answers are Markdown, with what a program said between fences that it can close."""

    def answered(self: Any, spec: Any, value: Any) -> Any:
        result = answer(self, spec, value)
        parts = [f"## {name}\n```\n{part}\n```" for name, part in result.structured_content.items()]
        return result.model_copy(update={"content": [TextContent(text="\n".join(parts))]})

    return answered


@replaces("oraclepack/s38-secrets-shown", "security", "oraclepack_mcp.runs.host.Masker")
def secrets_shown(masker: Function) -> Function:
    """Secrets are recorded and answered like anything else."""
    return lambda *_: masker()
