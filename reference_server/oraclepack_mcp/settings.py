"""What an operator can set, by command line or by `ORACLEPACK_MCP_…` in the environment; no file is read for it."""

import ipaddress
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from oraclepack_mcp.catalogue import Limits
from oraclepack_mcp.library import Library
from oraclepack_mcp.security.roots import Root, Roots
from oraclepack_mcp.telemetry.settings import TelemetrySettings

Transport: TypeAlias = Literal["stdio", "streamable-http"]
ServerProfile: TypeAlias = Literal["default"]

SAMPLES: Final = Path(__file__).parent / "samples"
"""The packs that are served when no root is configured."""


def _loopback(host: str) -> str:
    if host != "localhost" and not (_is_address(host) and ipaddress.ip_address(host).is_loopback):
        message = "the server has no authentication, so it listens on a loopback address only"
        raise ValueError(message)
    return host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class RootSetting(BaseModel):
    """A directory of packs and the name that clients see instead of its path."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]
    path: Path
    writable: bool = False

    @classmethod
    def parse(cls, text: str) -> "RootSetting":
        """Read `NAME=PATH` or `NAME=PATH:rw`.

        Raises:
            ValueError: there is no `=`, or the name is no plain word.
        """
        name, equals, path = text.partition("=")
        if not equals or not path:
            raise ValueError(f"a root is NAME=PATH or NAME=PATH:rw, not {text!r}")
        return cls(name=name, path=Path(path.removesuffix(":rw")), writable=path.endswith(":rw"))


class Settings(BaseSettings):
    """Everything that can be set; unknown names are errors."""

    model_config = SettingsConfigDict(env_prefix="ORACLEPACK_MCP_", frozen=True, extra="forbid")

    transport: Transport = "stdio"
    host: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9/_-]+$")] = "/mcp"
    roots: tuple[RootSetting, ...] = ()
    profile: ServerProfile = "default"
    allowed_origins: tuple[str, ...] = ()
    """Origins beyond the server's own that a browser may come from, like `http://localhost:6274`."""
    page_size: Annotated[int, Field(ge=1)] = 5
    """Resources on one page of `resources/list`."""
    max_message_bytes: Annotated[int, Field(ge=1024)] = 4 * 1024 * 1024
    """Bytes of one incoming message."""
    max_read_bytes: Annotated[int, Field(ge=1)] = 1024 * 1024
    max_pack_bytes: Annotated[int, Field(ge=1)] = 4 * 1024 * 1024
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that serve HTTP; more than one share the address, and forward requests to the owner of a session."""
    shutdown_grace_s: Annotated[float, Field(ge=0, le=600)] = 10.0
    """Seconds that requests in flight have for finishing once the server is told to stop."""
    telemetry: TelemetrySettings = TelemetrySettings()

    def open_library(self) -> Library:
        """Open the roots, or the sample packs where there are none.

        Raises:
            OSError: a root is absent or no directory.
        """
        chosen = self.roots or (RootSetting(name="samples", path=SAMPLES),)
        roots = tuple(Root.open(root.name, root.path, writable=root.writable) for root in chosen)
        return Library(Roots(roots), Limits(self.max_read_bytes, self.max_pack_bytes))
