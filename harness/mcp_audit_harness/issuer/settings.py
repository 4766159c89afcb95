"""What an issuer is: its address, its key, for which resources it issues tokens; and the file that holds the key."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import HarnessError
from ..lab.jose import SigningKey
from ..model import JsonObject


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer."""

    url: str
    """Its identifier, and where it is served."""
    key: SigningKey
    resources: tuple[str, ...] = ()
    """The URLs of servers that take its tokens; with none, it issues tokens for whatever is asked."""
    scopes: tuple[str, ...] = ()
    low_scope: str = ""

    def key_file(self) -> JsonObject:
        """Return what the key file says, for `--issuer-key`."""
        found: JsonObject = {"issuer": self.url, "key": self.key.private_jwk()}
        if self.resources:
            found["resource"] = self.resources[0]
        if self.scopes:
            found["claims"] = {"scope": " ".join(self.scopes)}
        return {**found, "low_scope": self.low_scope} if self.low_scope else found


def signing_key(path: Path, algorithm: str) -> SigningKey:
    """Return the key of an earlier run from its file, or a new one.

    Raises:
        HarnessError: if the file holds something else.
    """
    if not path.exists():
        return SigningKey.draw(algorithm, f"mcp-audit-{secrets.token_hex(4)}")
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        return SigningKey.load(found["key"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise HarnessError(f"{path} is no key file of an issuer; name another one, or remove it") from error


def write_key_file(path: Path, issuer: Issuer) -> None:
    """Write the key file, for its owner only; raises HarnessError if that cannot be done."""
    text = json.dumps(issuer.key_file(), indent=2) + "\n"
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise HarnessError(f"the key cannot be written to {path}: {error.strerror}") from error
