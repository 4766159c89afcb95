"""The lint that both grouped skills have, each with its own variables: how a step gathers the files it attaches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from oraclepack_mcp.packs.model import Finding
from oraclepack_mcp.packs.profiles.common import BUNDLE, HEADER
from oraclepack_mcp.packs.profiles.fences import Part, parts, read_text, sole_block


@dataclass(frozen=True, slots=True)
class Gathering:
    """What one lint looks for: the prefix of its rules, the array of found files, the array of arguments."""

    prefix: str
    files: str
    arguments: str
    refuses_bundle: bool

    @property
    def discovery(self) -> re.Pattern[str]:
        """The start of the stanza that finds the files."""
        return re.compile(rf"\bmapfile\s+-t\s+{self.files}\s+<\s*<\(")

    @property
    def empty(self) -> re.Pattern[str]:
        """The line that starts the arguments."""
        return re.compile(rf"\b{self.arguments}=\(\s*\)")

    @property
    def append(self) -> re.Pattern[str]:
        """The line that adds a file to the arguments."""
        return re.compile(rf"\b{self.arguments}\+=\(\s*(?:-f|--file)\b")

    @property
    def use(self) -> str:
        """How the arguments are passed on."""
        return f"${{{self.arguments}[@]}}"


def check_gathering(raw: bytes, lint: Gathering) -> list[Finding]:
    """What a lint would refuse, in its order; it first wants a single block (G-2) and headers (C-2)."""
    text = read_text(raw)
    block = sole_block(text, f"{lint.prefix}-G2")
    if isinstance(block, Finding):
        return [block]
    steps = parts(text, block.content, HEADER)
    if not steps:
        return [Finding("NO_STEPS", "error", f"{lint.prefix}-C2", "the block holds no step header such as '# 01) '")]
    return [finding for step in steps for finding in _step(step, lint)]


def _step(step: Part, lint: Gathering) -> Iterator[Finding]:
    code = step.code
    if lint.refuses_bundle and BUNDLE in code:
        yield step.fault("BUNDLE_USED", f"{lint.prefix}-1", f"the step uses {BUNDLE}")
    if not lint.discovery.search(code):
        message = f"no 'mapfile -t {lint.files} < <(' that finds the files"
        yield step.fault("DISCOVERY_MISSING", f"{lint.prefix}-2", message)
    if not (lint.empty.search(code) and lint.append.search(code)):
        message = f"no '{lint.arguments}=()' with '{lint.arguments}+=(-f ...)'"
        yield step.fault("ARGUMENTS_MISSING", f"{lint.prefix}-3", message)
    if lint.use not in code:
        yield step.fault("ARGUMENTS_UNUSED", f"{lint.prefix}-4", f"{lint.use} is not passed on")
