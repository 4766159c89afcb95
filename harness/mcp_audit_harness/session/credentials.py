"""Who the harness can be to a target: nobody, the operator, or somebody else whose token the operator gave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

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

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return the credentials of a target, the login of its URL among them."""
        if not isinstance(target, HttpTarget):
            return cls()
        own = {name.lower(): value for name, value in target.headers}
        if login := basic_login(target.url):
            own.setdefault("authorization", f"Basic {login}")
        return cls(own, dict(target.identities))

    def anonymous(self) -> Headers:
        """Return what takes every credential away from a request: a header of unknown purpose counts as one."""
        return dict.fromkeys((*self.own, "authorization"))

    def identity(self, name: str) -> Headers | None:
        """Return what makes a request speak for `name`, and for nobody else; None where no token is known."""
        if name == OWN:
            return dict(self.own) or None
        value = self.others.get(name)
        return None if value is None else {**self.anonymous(), "authorization": value}
