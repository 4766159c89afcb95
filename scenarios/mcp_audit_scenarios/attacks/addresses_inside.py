"""Addresses of the auditor's listener in the forms that filters of addresses overlook."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.probe import Canary

from .argument_kinds import Slot

MARK: Final = "x-mcp-audit"
"""The header that a line break in an address would make."""
_SPELLINGS: Final = (
    "localhost",
    "127.1",
    "127.0.0.2",
    "0",
    "0.0.0.0",  # noqa: S104 - a spelling of this machine, not a bind address
    "0x7f000001",
    "0x7f.1",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::1]",
    "[::]",
    "LOCALHOST",
    "localhost.",
    "\uff11\uff12\uff17.0.0.1",
)
"""What resolvers and libraries take for this machine; none needs a name server."""
_HOST: Final = re.compile(
    r"(?<![a-z0-9-])((?:[a-z0-9-]{1,63}\\?\.){1,8}(?:com|org|net|io|dev|ai|example|gov|edu|co|uk|de))\b"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A way to write an address of the listener; each call of `make` gives a fresh one, as text and as handed out."""

    how: str
    make: Callable[[], tuple[str, str]]


def by(canary: Canary, host: str = "") -> Callable[[], tuple[str, str]]:
    """Return what makes plain addresses with a host."""

    def make() -> tuple[str, str]:
        url = canary.url(host=host)
        return url, url

    return make


def _changed(canary: Canary, change: Callable[[str], str]) -> Callable[[], tuple[str, str]]:
    def make() -> tuple[str, str]:
        url = canary.url(host="127.0.0.1")
        return change(url), url

    return make


def spellings(canary: Canary) -> Iterator[Address]:
    """Yield addresses of the listener in other spellings; the operator's own is left out."""
    for host in _SPELLINGS:
        if host.lower().rstrip(".") != canary.host:
            yield Address(f"the spelling {host.encode('ascii', 'backslashreplace').decode()}", by(canary, host))
    yield Address("a user name before it", by(canary, "mcp-audit@127.0.0.1"))
    yield Address("a name after #", _changed(canary, lambda url: f"{url}#@mcp-audit.invalid/"))
    yield Address("backslashes", _changed(canary, lambda url: url.replace("http://", "http:\\\\", 1)))
    yield Address("no scheme", _changed(canary, lambda url: url.removeprefix("http:")))


def allowed_hosts(slot: Slot) -> tuple[str, ...]:
    """Return the names of hosts that the schema of an address says, in a pattern or in words; two at most."""
    said = " ".join(str(slot.schema.get(word, "")) for word in ("description", "pattern", "examples", "default"))
    return tuple(dict.fromkeys(found.replace("\\", "") for found in _HOST.findall(said)))[:2]


def lookalikes(canary: Canary, host: str) -> Iterator[Address]:
    """Yield addresses of the listener that hold an allowed name where filters look for it."""
    listener = f"127.0.0.1:{canary.port}"
    yield Address(f"{host} as a user name", by(canary, f"{host}@127.0.0.1"))
    yield Address(f"https, and {host} as a user name", lambda: (f"https://{host}@{listener}/", ""))
    yield Address(f"{host} as a user name with a password", by(canary, f"{host}:80@127.0.0.1"))
    yield Address(f"{host} in the path", _changed(canary, lambda url: f"{url}/{host}"))
    yield Address(f"{host} in the query", _changed(canary, lambda url: f"{url}?{host}"))
    yield Address(f"{host} in the fragment", _changed(canary, lambda url: f"{url}#{host}"))
    yield Address(
        f"{host} after a backslash", _changed(canary, lambda url: url.replace(listener, f"{listener}\\@{host}"))
    )


def redirects(canary: Canary) -> Iterator[Address]:
    """Yield addresses by the operator's name that lead on to the listener by its number, in three spellings."""
    for host in ("127.0.0.1", "[::1]", "2130706433"):
        yield Address(f"a redirect to {host}", _redirected(canary, host))


def _redirected(canary: Canary, host: str) -> Callable[[], tuple[str, str]]:
    def make() -> tuple[str, str]:
        inner = canary.url(host=host)
        return canary.url(to=inner), inner

    return make


def broken(canary: Canary, host: str) -> Iterator[Address]:
    """Yield addresses whose line breaks, if nobody encodes them, end the request line and begin a header."""
    for how, end in (("line breaks", "\r\n"), ("encoded line breaks", "%0d%0a")):
        tail = f"/x HTTP/1.1{end}{MARK}: yes{end}x-rest: "
        yield Address(how, _with_tail(canary, host, tail))


def _with_tail(canary: Canary, host: str, tail: str) -> Callable[[], tuple[str, str]]:
    def make() -> tuple[str, str]:
        url = canary.url(host=host)
        return url + tail, url

    return make
