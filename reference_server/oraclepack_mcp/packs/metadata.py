"""What step headers and bodies say about a step (rules P-13 to P-19, K-01, O-01, O-02)."""

import math
import re
from collections.abc import Iterable
from typing import Final, cast

from oraclepack_mcp.packs.model import Contract, ToolKind
from oraclepack_mcp.packs.text import BLANK, go_trim

_HEADER_ROI: Final = re.compile(r"ROI=([0-9]+(?:\.[0-9]+)?)")
_FLOAT: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_HEX_FLOAT: Final = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+\Z")
_IMPACT: Final = re.compile(rf"#{BLANK}*Impact:(.*)\Z", re.DOTALL)
_TOKEN: Final = re.compile(r"\b(ROI|impact|confidence|effort|horizon|category|reference)=", re.ASCII)
_TOOL: Final = re.compile(r"(oracle|tm|task-master|codex|gemini)\b", re.ASCII)
_OUTPUT: Final = re.compile(rf"--write-output{BLANK}+[\"']?([^\"'\t\n\f\r ]+)")
_OUT_DIR: Final = re.compile(r"out_dir=[\"']?([^\"'\t\n\f\r ]+)")
_ANSWER_FORMAT: Final = re.compile(rf"answer{BLANK}+format")
_DIRECT_ONLY: Final = re.compile(rf"return{BLANK}+only[:\t\n\f\r ]*direct{BLANK}+answer")


def take_header_roi(line: str) -> tuple[float, str]:
    """The ROI of a header, and the header without it; a header without ROI stays as it is, indentation included."""
    found = _HEADER_ROI.search(line)
    if found is None:
        return 0.0, line
    return _finite(float(found[1])), go_trim(line[: found.start()] + line[found.end() :])


def body_roi(lines: Iterable[str]) -> float:
    """The first value of a `# ROI:` comment that is a number other than zero."""
    for line in lines:
        if "# ROI:" not in line:
            continue
        trimmed = go_trim(line)
        if trimmed.startswith("# ROI:") and (value := _go_float(go_trim(trimmed.removeprefix("# ROI:")))):
            return value
    return 0.0


def impact(lines: Iterable[str]) -> str:
    """The text of the first `# Impact:` comment that has one."""
    for line in lines:
        found = _IMPACT.match(go_trim(line)) if "Impact:" in line else None
        if found and (text := go_trim(found[1])):
            return text
    return ""


def header_tokens(title: str) -> tuple[str, dict[str, str]]:
    """The title before the first `name=value` token, and the tokens; a value runs up to the next token."""
    parts = _TOKEN.split(title)
    values = {name: " ".join(value.split()) for name, value in zip(parts[1::2], parts[2::2], strict=True)}
    return " ".join(parts[0].split()), {name: value for name, value in values.items() if value}


def tool_kind(lines: Iterable[str]) -> ToolKind:
    """The known tool that the first command line starts with."""
    for line in lines:
        trimmed = go_trim(line)
        if trimmed and not trimmed.startswith("#"):
            found = _TOOL.match(trimmed)
            return cast("ToolKind", found[1]) if found else "unknown"
    return "unknown"


def outputs(code: str) -> list[str]:
    """The paths that follow `--write-output`, in comments and prompts too."""
    return _OUTPUT.findall(code)


def contract(code: str) -> Contract:
    """Which answer sections the prompt of a step asks for."""
    lowered = code.lower()
    if not _ANSWER_FORMAT.search(lowered):
        return "unknown"
    return "direct_answer_only" if _DIRECT_ONLY.search(lowered) else "all_sections"


def out_dir(prelude: Iterable[str]) -> str:
    """The value of the first unindented `out_dir=` line."""
    return next((found[1] for line in prelude if (found := _OUT_DIR.match(line))), "")


def _go_float(text: str) -> float:
    if _FLOAT.match(text):
        return _finite(float(text))
    if _HEX_FLOAT.match(text):
        try:
            return float.fromhex(text)
        except OverflowError:
            return 0.0
    return 0.0


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
