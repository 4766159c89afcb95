"""What preflight and discovery found out about a target."""

import enum
from dataclasses import dataclass

from .exchange import JsonObject
from .spec import Revision
from .target import Transport


class Exposure(enum.StrEnum):
    """Who can reach the target."""

    LOCAL = "local"
    """Loopback or stdio: programs of this machine, and pages in its browsers."""
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class Auth:
    """What the target demands of a caller without credentials."""

    required: bool = False
    scheme: str = ""
    """The scheme named by WWW-Authenticate, e.g. `Bearer`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the target offers at one revision. The lists are the target's own JSON: nothing in them can be relied on."""

    revision: Revision
    server_info: JsonObject
    capabilities: JsonObject
    instructions: str = ""
    tools: tuple[JsonObject, ...] = ()
    resources: tuple[JsonObject, ...] = ()
    resource_templates: tuple[JsonObject, ...] = ()
    prompts: tuple[JsonObject, ...] = ()
    notes: tuple[str, ...] = ()
    """Lists that could not be read, or were cut at a bound: one sentence each."""

    def declares(self, capability: str) -> bool:
        """Whether a capability is declared; a dotted path names a member, which has to be true or an object."""
        value: object = self.capabilities
        for name in capability.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value is True or isinstance(value, dict)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a target before the first scenario runs."""

    transport: Transport
    label: str
    exposure: Exposure
    offers: tuple[Offer, ...]
    """One per revision that the target offers, oldest first."""
    auth: Auth = Auth()
    notes: tuple[str, ...] = ()

    @property
    def revisions(self) -> tuple[Revision, ...]:
        """The revisions offered, oldest first."""
        return tuple(offer.revision for offer in self.offers)

    def at(self, revision: Revision) -> Offer:
        """Return the offer of `revision`; raises KeyError if it is not offered."""
        for offer in self.offers:
            if offer.revision is revision:
                return offer
        raise KeyError(revision)
