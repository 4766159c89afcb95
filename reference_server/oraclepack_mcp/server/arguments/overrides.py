"""Arguments of the tools about overrides: flags that a client adds to the `oracle` calls of a pack."""

from typing import Annotated

from pydantic import Field

from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.server.arguments.shared import Arguments, ExpectedHash, PackName, StepId


class OverrideValues(Arguments):
    """What to change about the `oracle` calls of some steps."""

    added_flags: Annotated[list[str], Field(max_length=50, description="Flags to add, one argument each.")] = []
    removed_flags: Annotated[list[str], Field(max_length=50, description="Flags to leave out.")] = []
    chatgpt_url: Annotated[str | None, Field(max_length=2048, description="URL to send the questions to.")] = None
    url_name: Annotated[str | None, Field(max_length=60, description="The same by the name of a stored URL.")] = None
    apply_to_steps: Annotated[list[StepId], Field(max_length=99, description="Steps that this is about.")] = []

    def value(self) -> Overrides:
        """The overrides as the domain knows them."""
        return Overrides(
            added_flags=tuple(self.added_flags),
            removed_flags=tuple(self.removed_flags),
            chatgpt_url=self.chatgpt_url,
            url_name=self.url_name,
            apply_to_steps=tuple(step.zfill(2) for step in self.apply_to_steps),
        )


class TryOverrides(Arguments):
    """Arguments of the tools that show or check overrides."""

    pack: PackName
    overrides: Annotated[
        OverrideValues | None, Field(description="Overrides to look at; absent: those stored for the pack.")
    ] = None

    def value(self) -> Overrides | None:
        """The overrides as the domain knows them, or None for the stored ones."""
        return self.overrides.value() if self.overrides else None


class SetOverrides(Arguments):
    """Arguments of oraclepack_set_overrides."""

    pack: PackName
    overrides: OverrideValues
    expected_sha256: ExpectedHash = None


class ClearOverrides(Arguments):
    """Arguments of oraclepack_clear_overrides."""

    pack: PackName
    expected_sha256: ExpectedHash = None
