"""JSON Pointers (RFC 6901) as they stand in URI fragments."""

from typing import Any
from urllib.parse import unquote


def pointer_parts(pointer: str) -> list[str]:
    """Return the member names of a JSON Pointer (RFC 6901) in a URI fragment, without the `#`."""
    return [unquote(part).replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def pointed(document: Any, pointer: str) -> Any:
    """Return what a pointer leads to.

    Raises:
        LookupError: if it leads nowhere.
    """
    found = document
    for part in pointer_parts(pointer):
        if isinstance(found, list) and part.isdigit():
            found = found[int(part)]
        elif isinstance(found, dict):
            found = found[part]
        else:
            raise LookupError(pointer)
    return found


def escaped(name: str) -> str:
    """Return a member name as a part of a JSON Pointer."""
    return name.replace("~", "~0").replace("/", "~1")
