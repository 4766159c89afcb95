"""How answers are checked where a call does not say: the original's variables of the environment (O-08)."""

from collections.abc import Mapping
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.outputs import parse_chunk_mode
from oraclepack_mcp.packs.text import go_trim
from oraclepack_mcp.runs.model import VerifyOptions

PREFIX: Final = "ORACLEPACK_OUTPUT_"

_WORDS: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def parse_boolean(text: str) -> bool:
    """Read 1, true, yes, on, 0, false, no or off, in any case.

    Raises:
        DomainError: INVALID_ARGUMENT.
    """
    value = _WORDS.get(go_trim(text).lower())
    if value is None:
        raise DomainError("INVALID_ARGUMENT", f"{text!r} is none of 1, true, yes, on, 0, false, no, off")
    return value


def verification_defaults(environment: Mapping[str, str]) -> VerifyOptions:
    """The options that the environment sets; retries below zero are none.

    Raises:
        DomainError: INVALID_ARGUMENT, a variable holds none of the allowed words.
    """
    plain = VerifyOptions()
    values = {name: environment[PREFIX + name] for name in _VARIABLES if PREFIX + name in environment}
    return VerifyOptions(
        enabled=parse_boolean(values["VERIFY"]) if "VERIFY" in values else plain.enabled,
        retries=_retries(values["RETRIES"]) if "RETRIES" in values else plain.retries,
        require_headings=(
            parse_boolean(values["REQUIRE_HEADINGS"]) if "REQUIRE_HEADINGS" in values else plain.require_headings
        ),
        chunk_mode=parse_chunk_mode(values.get("CHUNK_MODE", plain.chunk_mode)),
    )


def _retries(text: str) -> int:
    digits = go_trim(text)
    if not digits.removeprefix("-").isdecimal() or not digits.isascii() or len(digits) > 9:
        raise DomainError("INVALID_ARGUMENT", f"{text!r} is no number of retries")
    return max(int(digits), 0)


_VARIABLES: Final = ("VERIFY", "RETRIES", "REQUIRE_HEADINGS", "CHUNK_MODE")
