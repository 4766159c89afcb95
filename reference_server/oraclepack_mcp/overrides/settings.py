"""What an operator decides about overrides."""

from pydantic import BaseModel, ConfigDict


class OverrideSettings(BaseModel):
    """Which of the known flags clients may add."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow_reaching_flags: bool = False
    """Whether flags are allowed that make `oracle` read or write other files, or talk to other hosts."""
