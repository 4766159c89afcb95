"""The lock: pins as a text that people review and version control systems compare.

It is JSON, in ASCII, sorted, without a date: the same definitions give the same bytes, and whoever reviews a change
sees hidden characters, too.
"""

import json
from typing import Any, Final

from .model import Revision
from .pins import Pin, Pins, canonical, fingerprint

_FORMAT: Final = "mcp_audit_lock"
_VERSION: Final = 1


class LockError(ValueError):
    """A file is no lock, or its hashes do not fit its definitions."""


def lock_text(pins: Pins) -> str:
    """Return the text of a lock: the same for the same definitions."""
    content = {
        _FORMAT: _VERSION,
        "target": pins.label,
        "revision": pins.revision,
        "server_version": pins.version,
        "definitions": [
            {
                "kind": pin.kind,
                "name": pin.name,
                "sha256": pin.sha256,
                "definition": json.loads(canonical(pin.definition)),
            }
            for pin in pins.pins
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def read_lock(text: str) -> Pins:
    """Return the pins in the text of a lock.

    Raises:
        LockError: if it is no lock, or somebody has edited a definition and not its hash.
    """
    try:
        found = _pins(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise LockError("it is no lock that mcp-audit pin wrote") from error
    for pin in found.pins:
        if fingerprint(pin.definition) != pin.sha256:
            raise LockError(f"the hash of the {pin.kind} {pin.name!r} does not fit its definition: it was edited")
    return found


def _pins(content: Any) -> Pins:
    if content[_FORMAT] != _VERSION:
        raise ValueError(content[_FORMAT])
    pins = tuple(
        Pin(str(entry["kind"]), str(entry["name"]), str(entry["sha256"]), dict(entry["definition"]))
        for entry in content["definitions"]
    )
    revision = str(Revision(content["revision"]))
    return Pins(revision, pins, str(content.get("target", "")), str(content.get("server_version", "")))
