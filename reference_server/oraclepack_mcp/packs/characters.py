"""Characters that act on whoever looks at a text: on a terminal, or on the direction of writing."""

import re
from collections.abc import Iterator
from typing import Final

from oraclepack_mcp.packs.findings import MAX_TOKEN, capped
from oraclepack_mcp.packs.model import Finding, Rule
from oraclepack_mcp.packs.text import decode

RULE: Final = Rule(
    "L-01", "warning", "The file holds no characters that act on a terminal or on the direction of writing."
)

_BOM: Final = "\ufeff"
# White space and what Python takes for a line break is not among them.
_ACTING: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def escaped(text: str) -> str:
    r"""The text with each such character as an escape, like `\x1b`."""
    return _ACTING.sub(_escape, text)


def check_characters(raw: bytes) -> list[Finding]:
    """A warning for each line that holds such characters; a byte order mark may begin the file."""
    text = decode(raw).removeprefix(_BOM)
    return capped(_findings(text)) if _ACTING.search(text) else []


def _findings(text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _ACTING.findall(line):
            yield Finding(
                code="ACTING_CHARACTER",
                severity="warning",
                rule=RULE.id,
                message="the line holds characters that act on a terminal or on the direction of writing",
                file_line=number,
                token=escaped("".join(found))[:MAX_TOKEN],
            )


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
