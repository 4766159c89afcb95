"""What the lock files of npm, pnpm, yarn and bun resolve to."""

import re
from collections.abc import Iterator
from typing import Final

from .json_text import Node, read_json
from .npm_manifests import unaliased
from .packages import NPM, Locked, Manifest, found

_MODULES: Final = "node_modules/"
_DEEPEST: Final = 20
_PNPM_OLD: Final = re.compile(r"/((?:@[^/]+/)?[^/]+)/([^/_(]+)(?:[_(].*)?")
"""`/@scope/name/1.2.3_peer@1`: pnpm 7 and older."""
_PNPM: Final = re.compile(r"/?((?:@[^/@]+/)?[^/@]+)@([^(:@/]+)(?:\(.*)?")
"""`@scope/name@1.2.3(peer@1)`"""
_YARN_HEADER: Final = re.compile(r'"?((?:@[^/@"]+/)?[^@"\s,]+)@([^,"]*)')
_YARN_VERSION: Final = re.compile(r'  version:? "?([^"\s]+)"?\s*$')


def package_lock(path: str, text: str) -> Iterator[Locked]:
    """Yield the versions in a package-lock.json or npm-shrinkwrap.json of any version."""
    root = read_json(text)
    manifest = Manifest.of(path, text)
    if root.get("packages").members:
        for where, node in root.get("packages").members.items():
            _, inside, name = where.rpartition(_MODULES)
            if inside and node.get("link").text != "true":
                real = node.get("name").text or name
                dev = node.get("dev").text == "true"
                yield from found(NPM, real, node.get("version").text, manifest.place(node.line), dev=dev)
    else:
        yield from _nested(root.get("dependencies"), manifest, 0)


def _nested(node: Node, manifest: Manifest, depth: int) -> Iterator[Locked]:
    """Yield what version 1 of the format holds: packages inside of those that need them."""
    for name, inner in node.members.items():
        real, version = unaliased(name, inner.get("version").text)
        yield from found(NPM, real, version, manifest.place(inner.line), dev=inner.get("dev").text == "true")
        if depth < _DEEPEST:
            yield from _nested(inner.get("dependencies"), manifest, depth + 1)


def pnpm_lock(path: str, text: str) -> Iterator[Locked]:
    """Yield the versions in a pnpm-lock.yaml: the keys of its section `packages`, one a line as pnpm writes them."""
    manifest = Manifest.of(path, text)
    inside = False
    last: Locked | None = None
    for number, line in enumerate(manifest.lines, start=1):
        if line[:1].strip():
            inside = line.rstrip() == "packages:"
        elif inside and line.startswith("  ") and not line.startswith("   ") and line.rstrip().endswith(":"):
            yield from (last,) if last else ()
            key = line.strip()[:-1].strip("'\"")[:400]
            match = _PNPM.fullmatch(key) or _PNPM_OLD.fullmatch(key)
            last = next(found(NPM, match[1], match[2], manifest.place(number)), None) if match else None
        elif inside and last and line.strip() == "dev: true":
            last = Locked(last.ecosystem, last.name, last.version, last.place, dev=True)
    yield from (last,) if last else ()


def yarn_lock(path: str, text: str) -> Iterator[Locked]:
    """Yield the versions in a yarn.lock, of yarn 1 as well as of later ones."""
    manifest = Manifest.of(path, text)
    name, at = "", 0
    for number, line in enumerate(manifest.lines, start=1):
        version = _YARN_VERSION.match(line)
        if line[:1].strip():
            header = _YARN_HEADER.match(line[:400]) if line.rstrip().endswith(":") else None
            workspace = header is not None and header[2].startswith(("workspace:", "link:", "portal:", "file:"))
            name = _yarn_name(header[1], header[2]) if header and not workspace else ""
            at = number
        elif version and name:
            yield from found(NPM, name, version[1], manifest.place(at))
            name = ""


def _yarn_name(name: str, wanted: str) -> str:
    """Return the package behind `alias@npm:name@range`; `name@npm:range` is what later yarns write of any package."""
    real = wanted.removeprefix("npm:").rpartition("@")[0] if wanted.startswith("npm:") else ""
    return real or name


def bun_lock(path: str, text: str) -> Iterator[Locked]:
    """Yield the versions in a bun.lock."""
    manifest = Manifest.of(path, text)
    for node in read_json(text).get("packages").members.values():
        name, _, version = (node.items[0].text if node.items else "").rpartition("@")
        yield from found(NPM, name, version, manifest.place(node.line))
