"""What an operator can set: by command line, by `ORACLEPACK_MCP_…` in the environment, by a file that is named.

The first of these that says something wins. No file is looked for, in particular no `.env`.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.http.exposure import refuse_exposure
from oraclepack_mcp.http.settings import LimitSettings, ProxySettings, TlsSettings
from oraclepack_mcp.legacy import LegacyEnvironment
from oraclepack_mcp.overrides.settings import OverrideSettings
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.security.scopes import READING, SCOPES, Scope
from oraclepack_mcp.telemetry.settings import TelemetrySettings
from oraclepack_mcp.urls.settings import UrlSettings

Transport: TypeAlias = Literal["stdio", "streamable-http"]
ServerProfile: TypeAlias = Literal["default", "diagnostics"]


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

    model_config = SettingsConfigDict(
        env_prefix="ORACLEPACK_MCP_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    transport: Transport = "stdio"
    host: str = "127.0.0.1"
    """A loopback address; another one only with authentication and TLS."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9/_-]+$")] = "/mcp"
    roots: tuple[RootSetting, ...] = ()
    profile: ServerProfile = "default"
    allowed_origins: tuple[str, ...] = ()
    """Origins beyond the server's own that a browser may come from, like `http://localhost:6274`."""
    auth: AuthSettings | None = None
    """How tokens are verified; without it everybody on this machine is let in."""
    limits: LimitSettings = LimitSettings()
    tls: TlsSettings | None = None
    behind_tls_proxy: ProxySettings | None = None
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

    text_limit: Annotated[int, Field(ge=1)] = 32_000
    """Characters of the text of an answer; structured content is always whole."""
    scopes: tuple[Scope, ...] = tuple(scope for scope in SCOPES if scope in READING)
    """What a caller without a token may do."""
    workdir: str | None = None
    """Directory in a writable root where packs run and leave their state; absent: the first writable root."""
    execution: ExecutionSettings = ExecutionSettings()
    overrides: OverrideSettings = OverrideSettings()
    urls: UrlSettings = UrlSettings()
    request_state_key: SecretStr | None = None
    """At least 32 characters by which calls that go on later are sealed; several servers of one address share it."""

    @model_validator(mode="after")
    def _exposed_only_with_care(self) -> "Settings":
        refuse_exposure(self)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the framework's signature; no such file is read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources, the strongest first."""
        file = TomlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, file, LegacyEnvironment(settings_cls)


def read_settings(file: Path | None, **given: Any) -> Settings:
    """The settings that were given, completed from the environment and from a TOML file.

    Raises:
        ValueError: a value is not allowed, or a name is unknown.
        OSError: the file cannot be read.
    """
    if file is None:
        return Settings(**given)
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")

    class FromFile(Settings):
        """The same, with a file behind it."""

        model_config = SettingsConfigDict(toml_file=file)

    return FromFile(**given)
