"""The lint that both grouped skills have, each with its own variables: how a step gathers the files it attaches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from oraclepack_mcp.packs.findings import capped
from oraclepack_mcp.packs.model import Finding, Rule
from oraclepack_mcp.packs.profiles.common import BUNDLE, HEADER
from oraclepack_mcp.packs.profiles.fences import Part, parts, read_text, sole_block


@dataclass(frozen=True, slots=True)
class Gathering:
    """What one lint looks for: the prefix of its rules, the array of found files, the array of arguments."""

    prefix: str
    files: str
    arguments: str

    @property
    def discovery(self) -> re.Pattern[str]:
        """The start of the stanza that finds the files."""
        return re.compile(rf"mapfile\s+-t\s+{self.files}\s+<\s+<\(")

    @property
    def empty(self) -> str:
        """The text that starts the arguments."""
        return f"{self.arguments}=()"

    @property
    def append(self) -> re.Pattern[str]:
        """The line that adds a file to the arguments."""
        return re.compile(rf"{self.arguments}\+=\(\s*(?:-f|--file)\b")

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
    return capped(finding for step in steps for finding in _step(step, lint))


def _step(step: Part, lint: Gathering) -> Iterator[Finding]:
    text = step.text
    if BUNDLE in text:
        yield step.fault("BUNDLE_USED", f"{lint.prefix}-1", f"the step uses {BUNDLE}")
    if not lint.discovery.search(text):
        message = f"no 'mapfile -t {lint.files} < <(' that finds the files"
        yield step.fault("DISCOVERY_MISSING", f"{lint.prefix}-2", message)
    if not (lint.empty in text and lint.append.search(text)):
        message = f"no '{lint.arguments}=()' with '{lint.arguments}+=(-f ...)'"
        yield step.fault("ARGUMENTS_MISSING", f"{lint.prefix}-3", message)
    if lint.use not in text:
        yield step.fault("ARGUMENTS_UNUSED", f"{lint.prefix}-4", f"{lint.use} is not passed on")


def gathering_rules(lint: Gathering) -> tuple[Rule, ...]:
    """The rules of a lint as data."""
    return (
        Rule(f"{lint.prefix}-G2", "error", "As G-2, for the lint."),
        Rule(f"{lint.prefix}-C2", "error", "As C-2, for the lint."),
        Rule(f"{lint.prefix}-1", "error", "No step uses the ticket bundle."),
        Rule(f"{lint.prefix}-2", "error", f"Each step reads the files it finds into {lint.files} by mapfile."),
        Rule(
            f"{lint.prefix}-3", "error", f"Each step builds {lint.arguments} from them, each file behind -f or --file."
        ),
        Rule(f"{lint.prefix}-4", "error", f"Each step passes {lint.use} on."),
    )
