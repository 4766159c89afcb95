"""The file format of URL stores, read as leniently as the original reads it, and what can be done to a store."""

from dataclasses import replace
from typing import Any, Final

from oraclepack_mcp.runs import go_json
from oraclepack_mcp.runs.go_json import Json, Members, Reader
from oraclepack_mcp.urls.model import StoredUrl, UrlStore

SUFFIX: Final = ".chatgpt-urls.json"
"""What the name of a project store ends in."""
GLOBAL_NAME: Final = "chatgpt-urls.json"

_STATE_SUFFIX: Final = ".state.json"


def legacy_store_path(state_path: str, pack_path: str) -> str:
    """Where the original keeps the store of a pack (U-02); empty where it has none."""
    if state_path:
        return f"{state_path.removesuffix(_STATE_SUFFIX)}{SUFFIX}"
    return f"{pack_path}{SUFFIX}" if pack_path else ""


def read_store(raw: bytes) -> UrlStore:
    """Read a store file; nothing is checked but the types.

    Raises:
        DomainError: STATE_INVALID_JSON, STATE_WRONG_TYPE.
    """
    found = go_json.read_object(go_json.parse(raw), _STORE, "store")
    items = found.get("items")
    return UrlStore(found.get("default", ""), None if items is None else tuple(items), found.get("x_ref"))


def write_store(store: UrlStore) -> bytes:
    """The bytes of a store file as the original writes them, and the pack that it is for, which the original drops."""
    items = None if store.items is None else [_plain(item) for item in store.items]
    value: dict[str, Any] = {"default": store.default, "items": items}
    if store.pack is not None:
        value["x_ref"] = {"pack": store.pack}
    return go_json.dump(value)


def find(store: UrlStore, name: str) -> StoredUrl | None:
    """The first item of a name."""
    return next((item for item in store.items or () if item.name == name), None)


def saved(store: UrlStore, name: str, url: str, now: str) -> UrlStore:
    """The store with a new item at its end, in the place of all others of that name."""
    kept = tuple(item for item in store.items or () if item.name != name)
    return replace(store, items=(*kept, StoredUrl(name, url, now)))


def removed(store: UrlStore, name: str) -> UrlStore:
    """The store without any item of a name, and without it as the default; the last item leaves null behind."""
    kept = tuple(item for item in store.items or () if item.name != name)
    return replace(store, items=kept or None, default="" if store.default == name else store.default)


def used(store: UrlStore, name: str, now: str) -> UrlStore:
    """The store with the first item of a name marked as used."""
    first = find(store, name)
    items = tuple(replace(item, last_used=now) if item is first else item for item in store.items or ())
    return replace(store, items=items)


def _plain(item: StoredUrl) -> dict[str, str]:
    written = {"name": item.name, "url": item.url}
    return {**written, "lastUsed": item.last_used} if item.last_used else written


def _read_item(value: Json, _before: StoredUrl | None, where: str) -> StoredUrl:
    found = go_json.read_object(value, _ITEM, where)
    return StoredUrl(found.get("name", ""), found.get("url", ""), found.get("lastused"))


def _read_owner(value: Json, before: str | None, _where: str) -> str | None:
    """The original knows nothing of this key, so nothing that stands there makes a file unreadable."""
    pack = dict(value).get("pack") if isinstance(value, Members) else None
    return pack if isinstance(pack, str) else before


_ITEM: Final[dict[str, Reader[Any]]] = {"name": go_json.text, "url": go_json.text, "lastused": go_json.text}
_STORE: Final[dict[str, Reader[Any]]] = {
    "default": go_json.text,
    "items": go_json.array(_read_item),
    "x_ref": _read_owner,
}
