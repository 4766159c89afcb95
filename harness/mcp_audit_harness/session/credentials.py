"""Who the harness can be to a target: nobody, the operator, or somebody else whose token the operator gave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from ..lab.minting import Mint
from ..model import HttpTarget, Target
from ..probe import Headers
from .http_exchange import basic_login

OWN = "own"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the operator gave of an HTTP target; empty for other targets."""

    own: Mapping[str, str] = field(default_factory=dict)
    """The operator's headers, names in lower case: any of them can be a credential."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Authorization values of other identities, by name."""
    issuer_key: str = ""
    """The file with the key of a test issuer; empty: none."""
    resource: str = ""
    """The URL of the target."""

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return the credentials of a target, the login of its URL among them."""
        if not isinstance(target, HttpTarget):
            return cls()
        own = {name.lower(): value for name, value in target.headers}
        if login := basic_login(target.url):
            own.setdefault("authorization", f"Basic {login}")
        return cls(own, dict(target.identities), target.issuer_key, target.label)

    def anonymous(self) -> Headers:
        """Return what takes every credential away from a request: a header of unknown purpose counts as one."""
        return dict.fromkeys((*self.own, "authorization"))

    def identity(self, name: str) -> Headers | None:
        """Return what makes a request speak for `name`, and for nobody else; None where no token is known.

        A token that the operator did not give is signed with the key of the test issuer, if there is one.
        """
        if name == OWN:
            return dict(self.own) or None
        value = self.others.get(name)
        if value is None and self.issuer_key and (token := self.mint().for_identity(name)) is not None:
            value = f"Bearer {token}"
        return None if value is None else self.bearing(value)

    def bearing(self, value: str) -> Headers:
        """Return what makes a request show this Authorization value, and no other credential."""
        return {**self.anonymous(), "authorization": value}

    def mint(self) -> Mint:
        """Return what signs tokens; raises HarnessError without a key file, or for one that cannot be used."""
        scheme, _, token = self.own.get("authorization", "").partition(" ")
        return _mint(self.issuer_key, token.strip() if scheme.lower() == "bearer" else "", self.resource)


@lru_cache(maxsize=8)
def _mint(path: str, own: str, resource: str) -> Mint:
    """Read a key file once for a run."""
    return Mint.read(path, own, resource)
