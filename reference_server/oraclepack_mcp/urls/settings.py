"""What an operator decides about stored URLs."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

CHAT_HOSTS: Final = ("chatgpt.com", "chat.openai.com")
"""Hosts to which questions may go unless the operator says otherwise."""


class UrlSettings(BaseModel):
    """Where questions may be sent, and where the operator's own store lies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$")], ...] = (
        CHAT_HOSTS
    )
    """Hosts in lower case, with the port where it is not the usual one; subdomains are hosts of their own."""
    global_dir: Path | None = None
    """Directory of the global store; absent: there is none."""
