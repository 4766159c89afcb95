"""Step headers taken apart and put together again: number, title, and `name=value` tokens."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs import metadata
from oraclepack_mcp.packs.text import BLANK, go_trim

TOKENS: Final = ("ROI", "impact", "confidence", "effort", "horizon", "category", "reference")
"""The tokens of a header, in the order in which they are written."""
MAX_TITLE: Final = 200
"""Characters of a title or of the value of a token."""

_PREFIX: Final = re.compile(rf"(#{BLANK}*[0-9]{{2}}(?:\)|{BLANK}+[-\u2014]))(.*)", re.DOTALL)
_ROI: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Header:
    """A header: `prefix` is everything up to the title, such as `# 01)`."""

    prefix: str
    title: str
    tokens: dict[str, str]

    def text(self) -> str:
        """The header as a line; tokens come in their own order, the ROI first."""
        tokens = sorted(self.tokens.items(), key=lambda token: token[0] != "ROI")
        return " ".join(part for part in (self.prefix, self.title, *(f"{k}={v}" for k, v in tokens)) if part)


def read_header(line: str) -> Header:
    """Take a header line apart; indentation and repeated blanks are not kept.

    Raises:
        ValueError: it is no header.
    """
    roi, rest = metadata.take_header_roi(line)
    found = _PREFIX.match(go_trim(rest))
    if found is None:
        raise ValueError("not a step header")
    title, tokens = metadata.header_tokens(go_trim(found[2]).lstrip("-\u2014 "))
    return Header(found[1], title, {"ROI": number_text(roi), **tokens} if rest != line else tokens)


def changed_header(header: Header, title: str | None, tokens: dict[str, str] | None) -> Header:
    """The header with another title, or other tokens; an empty value takes a token away.

    Raises:
        DomainError: INVALID_ARGUMENT, what was asked for cannot be read back from a header.
    """
    wanted = {name: value for name, value in {**header.tokens, **(tokens or {})}.items() if value}
    changed = Header(header.prefix, header.title if title is None else title, wanted)
    _require_readable(changed)
    return changed


def number_text(value: float) -> str:
    """A number without exponent, as headers hold it; 5.0 is `5`."""
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def _require_readable(header: Header) -> None:
    unknown = sorted(set(header.tokens) - set(TOKENS))
    if unknown:
        raise DomainError("INVALID_ARGUMENT", f"{unknown[0]!r} is none of the tokens {', '.join(TOKENS)}")
    if not _ROI.fullmatch(header.tokens.get("ROI", "0")):
        raise DomainError("INVALID_ARGUMENT", "ROI is a number such as 4.5")
    for text in (header.title, *header.tokens.values()):
        if len(text) > MAX_TITLE or not text.isprintable():
            raise DomainError("INVALID_ARGUMENT", f"titles and tokens have at most {MAX_TITLE} printable characters")
    again = read_header(header.text())
    if (again.title, _comparable(again.tokens)) != (header.title, _comparable(header.tokens)):
        sentence = "a title or token would be read back as something else: it holds a token, or blanks at its ends"
        raise DomainError("INVALID_ARGUMENT", sentence)


def _comparable(tokens: dict[str, str]) -> dict[str, str | float]:
    return {name: float(value) if name == "ROI" else value for name, value in tokens.items()}
