"""What an operator can set about telemetry."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]


class TelemetrySettings(BaseModel):
    """Which telemetry is kept, and where it goes.

    `/metrics` is open where only this machine can ask. Where others can, it is served to callers who present
    `metrics_token` as a bearer token, and to nobody while there is no such token. `/livez` and `/readyz` are open to
    everybody who may talk to the server: they say up or down, and nothing that helps an attacker.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: bool = True
    """Whether `/metrics` is served."""
    health: bool = True
    """Whether `/livez` and `/readyz` are served."""
    metrics_token: SecretStr | None = None
    """What Prometheus sends as `Authorization: Bearer …`; asked for wherever it is set."""
    min_free_bytes: Annotated[int, Field(ge=0)] = 64 * 1024 * 1024
    """Bytes of disk below which the server is not ready."""
    audit_log: Path | None = None
    """Where tool calls are recorded, one JSON line each; none: they are not."""
    log_level: LogLevel = "warning"
    log_format: Literal["json", "text"] = "json"
