"""How often clients ask for what, where a profile does not say: by method, as parts of the whole."""

from collections.abc import Mapping
from typing import Final

WEIGHTS: Final[Mapping[str, float]] = {
    "tools/call": 60.0,
    "tools/list": 10.0,
    "resources/read": 8.0,
    "resources/list": 4.0,
    "resources/templates/list": 2.0,
    "prompts/get": 5.0,
    "prompts/list": 3.0,
    "completion/complete": 3.0,
    "ping": 5.0,
    "server/discover": 5.0,
}
"""Models call tools most of all; lists are read when a client starts, and again when they change.

`ping` is of revisions with a handshake, `server/discover` of those without. These are all methods that a mix may name.
"""
