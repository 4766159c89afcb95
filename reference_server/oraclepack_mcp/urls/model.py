"""The values of stored URLs. Field names are those of the tools' structured results; times are RFC 3339 in UTC."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

UrlScope: TypeAlias = Literal["project", "global"]
"""`project` is the store of a pack, beside its state; `global` is that of the operator."""
UrlProblemCode: TypeAlias = Literal[
    "STATE_INVALID_JSON",
    "STATE_WRONG_TYPE",
    "STATE_STALE",
    "URL_DEFAULT_DANGLING",
    "URL_DUPLICATE_NAME",
    "URL_INVALID",
]


@dataclass(frozen=True, slots=True)
class StoredUrl:
    """One item of a store file, as it stands there; `last_used` is free text in a foreign file."""

    name: str
    url: str
    last_used: str | None = None


@dataclass(frozen=True, slots=True)
class UrlStore:
    """The content of a store file. The original writes null for a store without items, which is kept apart from [].

    `pack` is the id of the pack that this server wrote the file for, None where the original did.
    """

    default: str = ""
    items: tuple[StoredUrl, ...] | None = None
    pack: str | None = None


@dataclass(frozen=True, slots=True)
class UrlProblem:
    """Something wrong with a store, or with the item of that name in it."""

    code: UrlProblemCode
    scope: UrlScope
    message: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class UrlItem:
    """A stored URL and where it is stored."""

    name: str
    url: str
    scope: UrlScope
    last_used: str | None
    is_default: bool


@dataclass(frozen=True, slots=True)
class UrlStoreModel:
    """One store; `sha256` is that of its file, None where there is none, and `path` is its id, None for the global one.

    A file that cannot be read has no items and a problem that says why.
    """

    scope: UrlScope
    path: str | None
    sha256: str | None
    default: str
    items: list[UrlItem]
    problems: list[UrlProblem]


@dataclass(frozen=True, slots=True)
class UrlList:
    """The items of some stores, the project's first; `default` is the name that a run without one would take."""

    items: list[UrlItem]
    default: str | None
    stores: list[UrlStoreModel]
    problems: list[UrlProblem]


@dataclass(frozen=True, slots=True)
class ResolvedUrl:
    """The URL that a name means, or the default; all None where there is no default."""

    name: str | None
    url: str | None
    scope: UrlScope | None
    problems: list[UrlProblem]
