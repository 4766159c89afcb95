"""Which URLs and names may be stored and used; the original's laxer rules are kept beside ours for comparison."""

import re
from typing import Final

from oraclepack_mcp.errors import DomainError

MAX_URL: Final = 2048
"""Characters of a URL."""
MAX_NAME: Final = 60
"""Characters of a name."""

_LEGACY_SCHEMES: Final = ("http://", "https://")
_URL: Final = re.compile(r"https://([a-z0-9.-]+(?::[0-9]{1,5})?)(?:[/?#][A-Za-z0-9._~:/?#@+,=%&-]*)?")
"""The server name is all lower case, without user info; no character of the rest can end a word of a shell but `&`."""


def legacy_url_ok(url: str) -> bool:
    """Whether the original would store a URL (U-04): it looks at the beginning only."""
    return url.strip().startswith(_LEGACY_SCHEMES)


def check_url(url: str, hosts: tuple[str, ...]) -> None:
    """Refuse a URL to which no question may go: anything but https to a listed `host` or `host:port`.

    URLs end up in scripts, so the characters are those that URLs need and shells mostly leave alone; what is missing,
    such as quotes, can be written with `%`.

    Raises:
        DomainError: URL_INVALID.
    """
    if len(url) > MAX_URL:
        raise DomainError("URL_INVALID", f"a URL has at most {MAX_URL} characters")
    found = _URL.fullmatch(url)
    if found is None:
        sentence = "a URL is https://, a host in lower case and a path, of letters, digits and ._~:/?#@+,=%&- only"
        raise DomainError("URL_INVALID", sentence)
    if found[1] not in hosts:
        allowed = ", ".join(hosts)
        raise DomainError("URL_INVALID", f"the host of the URL is none of those allowed: {allowed}", {"host": found[1]})


def check_name(name: str) -> None:
    """Refuse a name that a person could not tell from another one.

    Raises:
        DomainError: INVALID_ARGUMENT.
    """
    if not 1 <= len(name) <= MAX_NAME or name != name.strip() or not name.isprintable():
        sentence = f"a name has 1 to {MAX_NAME} printable characters, without blanks at its ends"
        raise DomainError("INVALID_ARGUMENT", sentence)
