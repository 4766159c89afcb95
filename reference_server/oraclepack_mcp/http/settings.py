"""What an operator can set about limits, TLS and the proxy in front."""

import ipaddress
from math import ceil
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

AUTHORITY: Final = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$"


def _network(text: str) -> str:
    ipaddress.ip_network(text)
    return text


Network: TypeAlias = Annotated[str, AfterValidator(_network)]
Authority: TypeAlias = Annotated[str, Field(pattern=AUTHORITY)]
"""What stands in a Host header, in lower case, like `mcp.example.com` or `mcp.example.com:8443`."""
Seconds: TypeAlias = Annotated[float, Field(gt=0)]
Count: TypeAlias = Annotated[int, Field(ge=1)]


class Rate(BaseModel):
    """Requests in a minute, from one caller: all of them, and those that call one tool."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: Count
    calls_of_a_tool: Count

    def share(self, workers: int) -> "Rate":
        """The part of one worker, where the workers do not count together."""
        return Rate(requests=ceil(self.requests / workers), calls_of_a_tool=ceil(self.calls_of_a_tool / workers))


class LimitSettings(BaseModel):
    """How much one caller, and all together, may ask for.

    A caller is the principal of a token; without authentication it is the address of the client, where the default is
    so high that only a loop gone wild meets it: whoever is on this machine is trusted with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    authenticated: Rate = Rate(requests=600, calls_of_a_tool=120)
    anonymous: Rate = Rate(requests=120_000, calls_of_a_tool=120_000)
    failed_logins: Count = 60
    """Tokens in a minute that are refused, from one address; then no token from there is looked at."""
    storage_url: Annotated[str, Field(pattern=r"^rediss?://")] | None = None
    """Redis that all workers count in, like `redis://127.0.0.1:6379/0`; without it each worker counts its share."""
    request_timeout_s: Seconds = 60.0
    """Seconds until a request has arrived, and again until its answer begins; streams are not cut once they have."""
    max_requests: Count = 1_000
    """Requests in flight in one worker; event streams have a place in `max_streams` instead."""
    max_streams: Count = 1_000
    """Open `GET` and `subscriptions/listen` streams of one worker."""
    max_sessions: Count = 10_000
    session_idle_s: Seconds = 1_800.0
    """Seconds after its last request when a session ends; an open stream counts as a request."""
    max_headers: Count = 100
    max_header_bytes: Annotated[int, Field(ge=1024)] = 32 * 1024
    """Bytes of all headers of a request, names and values."""


class TlsSettings(BaseModel):
    """Serving TLS itself, and the names that its certificate is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    certificate: Path
    """PEM, with the chain."""
    key: Path
    """PEM, without a password."""
    public_hosts: tuple[Authority, ...] = ()


class ProxySettings(BaseModel):
    """A proxy in front that does TLS, named because its `X-Forwarded-For` is believed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trusted: Annotated[tuple[Network, ...], Field(min_length=1)]
    """Addresses or networks of the proxy; nobody else's word on forwarding is taken."""
    public_hosts: Annotated[tuple[Authority, ...], Field(min_length=1)]
    """The names under which clients reach the proxy."""
