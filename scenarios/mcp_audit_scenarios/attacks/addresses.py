"""Addresses that a client should not open: schemes that run something, disguised hosts, characters for a shell.

CVE-2025-6514 and CVE-2025-58444 are clients that opened what a server named: a command line was in the one, a script in
the other.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Severity

from .definitions import Definitions, definitions, judged
from .invisible import mixed_scripts
from .spoken import Said, shown_text

_SCRIPTS: Final = frozenset({"javascript", "vbscript", "livescript", "jar", "wyciwyg"})
_PROGRAMS: Final = re.compile(
    r"(?:ms-[a-z0-9-]+|search-ms|shell|res|mk|hcp|telnet|ldap|smb|cmd|powershell|intent)", re.IGNORECASE
)
_MARKUP: Final = re.compile(r"data:(?:text/html|application/(?:xhtml|javascript)|text/javascript)", re.IGNORECASE)
_SPECIAL: Final = re.compile(r"\$\(|\$\{|[`|;<>\"\\^{}\x00-\x20\x7f]")
_WEB: Final = frozenset({"http", "https"})
_IN_TEXT: Final = re.compile(
    r"\]\(\s*(?P<link>[^)\s]{4,500})|(?P<bare>\b(?:javascript|vbscript):[^\s\"'<>]{1,200}|\bdata:text/html[^\s\"'<>]{0,200})"
    r"|(?P<web>\bhttps?://[^\s\"'<>)\]`|\\^{}$;]{1,500})",
    re.IGNORECASE,
)
_MEMBERS: Final = frozenset({"websiteUrl", "src"})


def danger(address: str) -> str:
    """Return why a client should not open an address, as a clause; empty if nothing speaks against it.

    Schemes of servers' own (`test://…`) are no danger: nothing but the server itself reads them.
    """
    scheme = address.partition(":")[0].strip().lower()
    if scheme in _SCRIPTS or _MARKUP.match(address.strip()):
        return "runs a script where it is opened"
    if _PROGRAMS.fullmatch(scheme):
        return f"starts a program by the scheme {scheme}"
    return _disguise(address) if scheme in _WEB else ""


def _disguise(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        name = host.encode("ascii").decode("idna") if "xn--" in host else host
    except (ValueError, UnicodeError):
        return "has a host that cannot be read"
    if parts.username and "." in parts.username:
        return f"looks like {shown_text(parts.username, 40)} and leads to {shown_text(host, 60)}"
    if any(mixed_scripts(label) for label in name.split(".")):
        return f"has a host in look-alike letters, {shown_text(name, 60)}"
    special = _SPECIAL.search(parts.netloc)
    return f"has '{shown_text(special.group())}' in its host" if special else ""


def addresses_in(said: Said) -> Iterator[str]:
    """Yield the addresses of a text: the whole text where its member is for one, links and bare scripts elsewhere."""
    if said.member in _MEMBERS:
        yield said.text
        return
    for match in _IN_TEXT.finditer(said.text):
        yield match.group("link") or match.group("bare") or match.group("web")


def dangerous(said: Said) -> str:
    """Return what is wrong with the first dangerous address in a text; empty if there is none."""
    for address in addresses_in(said):
        if why := danger(address):
            return f"{said.place} names '{shown_text(address, 80)}', which {why}"
    if said.member in _MEMBERS and (wrong := _not_public(said)):
        return f"{said.place} is '{shown_text(said.text, 80)}', {wrong}"
    return ""


def _not_public(said: Said) -> str:
    """Return why the address of a website or an icon is none that a client may load."""
    if said.member == "src" and "icons" not in said.place:
        return ""
    scheme = said.text.partition(":")[0].lower()
    allowed = _WEB | ({"data"} if said.member == "src" else set())
    if scheme not in allowed:
        return f"not at {' or '.join(sorted(allowed))}"
    special = _SPECIAL.search(said.text) if scheme in _WEB else None
    return f"with '{shown_text(special.group())}' in it" if special else ""


@check(
    definitions,
    id="definitions/dangerous-url",
    title="Definition names an address that runs something, or is disguised",
    requirements=("definitions/safe-urls",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Name https addresses of your own host; icons may be data URLs of pictures.",
    references=("CVE-2025-6514", "CVE-2025-58444", "https://cwe.mitre.org/data/definitions/601.html"),
)
def dangerous_url(seen: Definitions) -> Verdicts:
    """Clients show websites, icons and links in descriptions, and people click on them. An address with the scheme
    `javascript` runs in the client, one with a user name in front looks like another site, one with `$(` in its host
    has ended in a shell. Schemes of a server's own resources do not count.
    """
    return judged(seen, seen.texts(), dangerous)
