"""What a store holds, and what is wrong with it."""

from collections import Counter
from collections.abc import Iterator
from typing import cast

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.urls.check import check_url
from oraclepack_mcp.urls.model import UrlItem, UrlProblem, UrlProblemCode, UrlScope, UrlStore
from oraclepack_mcp.urls.store import find


def items_of(store: UrlStore, scope: UrlScope) -> list[UrlItem]:
    """The items in file order; of several with the default's name the first is the default."""
    default = find(store, store.default)
    return [
        UrlItem(item.name, item.url, scope, item.last_used, bool(store.default) and item is default)
        for item in store.items or ()
    ]


def default_name(store: UrlStore) -> str | None:
    """The default, where it names an item."""
    return store.default if store.default and find(store, store.default) else None


def dangling(store: UrlStore, scope: UrlScope) -> list[UrlProblem]:
    """The problem of a default that names nothing, if it is one."""
    if not store.default or default_name(store):
        return []
    message = "the default names no URL of this store, so the next store's default is taken"
    return [UrlProblem("URL_DEFAULT_DANGLING", scope, message, store.default)]


def problems_of(
    store: UrlStore, scope: UrlScope, hosts: tuple[str, ...], unreadable: DomainError | None
) -> list[UrlProblem]:
    """Everything that keeps a store, its default or one of its items from being used."""
    if unreadable is not None:
        return [UrlProblem(cast("UrlProblemCode", unreadable.code), scope, unreadable.sentence)]
    return [*dangling(store, scope), *_repeated(store, scope), *_invalid(store, scope, hosts)]


def _repeated(store: UrlStore, scope: UrlScope) -> Iterator[UrlProblem]:
    counts = Counter(item.name for item in store.items or ())
    for name, count in counts.items():
        if count > 1:
            message = f"{count} URLs have that name, of which the first is taken"
            yield UrlProblem("URL_DUPLICATE_NAME", scope, message, name)


def _invalid(store: UrlStore, scope: UrlScope, hosts: tuple[str, ...]) -> Iterator[UrlProblem]:
    for item in store.items or ():
        try:
            check_url(item.url, hosts)
        except DomainError as error:
            yield UrlProblem("URL_INVALID", scope, error.sentence, item.name)
