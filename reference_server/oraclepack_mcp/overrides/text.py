"""The text of a file of overrides, schema 1 (rule OV-09)."""

from dataclasses import dataclass
from typing import Any, Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.runs import go_json
from oraclepack_mcp.runs.go_json import Json, Reader

SUFFIX: Final = ".overrides.json"
"""What the name of a file of overrides ends in."""
SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class StoredOverrides:
    """The content of a file: `pack_hash` is `sha256:` and that of the pack as it was, `pack` is the id of the pack."""

    overrides: Overrides
    pack_hash: str
    updated_at: str
    pack: str


def parse_overrides(raw: bytes) -> StoredOverrides:
    """Read a file of overrides; members that are not known are left out.

    Raises:
        DomainError: STATE_INVALID_JSON; STATE_WRONG_TYPE, also for another schema.
    """
    found = go_json.read_object(go_json.parse(raw), _FILE, "overrides")
    if found.get("schema_version") != SCHEMA:
        raise DomainError("STATE_WRONG_TYPE", f"the stored overrides are not of schema {SCHEMA}")
    return StoredOverrides(
        overrides=found.get("overrides", Overrides()),
        pack_hash=found.get("pack_hash", ""),
        updated_at=found.get("updated_at", ""),
        pack=found.get("x_ref", ""),
    )


def overrides_text(stored: StoredOverrides) -> bytes:
    """The bytes of a file; `per_tool` says for which tool the flags are, though only `oracle` gets any so far."""
    overrides = stored.overrides
    flags: dict[str, Any] = {
        "added_flags": list(overrides.added_flags),
        "removed_flags": list(overrides.removed_flags),
    }
    return go_json.dump(
        {
            "schema_version": SCHEMA,
            "pack_hash": stored.pack_hash,
            "overrides": {
                **flags,
                "chatgpt_url": overrides.chatgpt_url or "",
                "url_name": overrides.url_name or "",
                "apply_to_steps": list(overrides.apply_to_steps),
                "per_tool": {"oracle": flags},
            },
            "updated_at": stored.updated_at,
            "x_ref": {"pack": stored.pack},
        }
    )


def _read_overrides(value: Json, _before: Overrides | None, where: str) -> Overrides:
    found = go_json.read_object(value, _OVERRIDES, where)
    return Overrides(
        added_flags=tuple(found.get("added_flags", ())),
        removed_flags=tuple(found.get("removed_flags", ())),
        chatgpt_url=found.get("chatgpt_url") or None,
        url_name=found.get("url_name") or None,
        apply_to_steps=tuple(found.get("apply_to_steps", ())),
    )


def _read_owner(value: Json, _before: str | None, where: str) -> str | None:
    owner: str | None = go_json.read_object(value, _OWNER, where).get("pack")
    return owner


_OWNER: Final[dict[str, Reader[Any]]] = {"pack": go_json.text}
_OVERRIDES: Final[dict[str, Reader[Any]]] = {
    "added_flags": go_json.array(go_json.text),
    "removed_flags": go_json.array(go_json.text),
    "chatgpt_url": go_json.text,
    "url_name": go_json.text,
    "apply_to_steps": go_json.array(go_json.text),
}
_FILE: Final[dict[str, Reader[Any]]] = {
    "schema_version": go_json.integer,
    "pack_hash": go_json.text,
    "overrides": _read_overrides,
    "updated_at": go_json.text,
    "x_ref": _read_owner,
}
