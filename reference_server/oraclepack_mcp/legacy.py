"""The variables by which the program that this server replaces was configured, as the weakest of all defaults.

Its `.env` file is not read, and its one switch for execution asks for a confirmation of each run here.
"""

import os
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_NUMBERS: Final = {"ORACLEPACK_CHARACTER_LIMIT": "text_limit", "ORACLEPACK_MAX_READ_BYTES": "max_read_bytes"}


class LegacyEnvironment(PydanticBaseSettingsSource):
    """Reads `ORACLEPACK_ALLOWED_ROOTS`, `_WORKDIR`, `_ENABLE_EXEC`, `_CHARACTER_LIMIT` and `_MAX_READ_BYTES`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the framework
        """Nothing field by field: what there is comes at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The settings that the old variables stand for."""
        found: dict[str, Any] = {}
        runs = os.environ.get("ORACLEPACK_ENABLE_EXEC", "").strip().lower() in _TRUE
        if runs:
            found["execution"] = {"policy": "confirm"}
        if roots := _roots(os.environ.get("ORACLEPACK_ALLOWED_ROOTS", "")):
            found["roots"] = tuple(
                {"name": f"root{number}", "path": path, "writable": runs} for number, path in enumerate(roots, start=1)
            )
        if workdir := os.environ.get("ORACLEPACK_WORKDIR"):
            found["workdir"] = workdir
        for variable, name in _NUMBERS.items():
            if value := os.environ.get(variable):
                found[name] = value
        return found


def _roots(text: str) -> list[str]:
    separator = ":" if ":" in text else ","
    return [path.strip() for path in text.split(separator) if path.strip()]
