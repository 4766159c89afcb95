"""Arguments of the tools about stored URLs."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from oraclepack_mcp.server.arguments.shared import Arguments

Scope: TypeAlias = Annotated[
    Literal["project", "global"], Field(description="Which store: that of the project, or that of the operator.")
]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=60, description="Name of the URL.")]
OptionalPack: TypeAlias = Annotated[
    str | None,
    Field(min_length=1, max_length=4096, description="Pack whose project store is meant; absent: the only one."),
]
AnyHash: TypeAlias = Annotated[
    str | None,
    Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 that the store has to have now; absent: any."),
]


class ListUrls(Arguments):
    """Arguments of oraclepack_list_urls."""

    scope: Annotated[Literal["all", "project", "global"], Field(description="Which stores to list.")] = "all"
    pack: OptionalPack = None


class ResolveUrl(Arguments):
    """Arguments of oraclepack_resolve_url."""

    name: Annotated[
        str | None, Field(min_length=1, max_length=60, description="Name of the URL; absent: the default.")
    ] = None
    pack: OptionalPack = None


class SaveUrl(Arguments):
    """Arguments of oraclepack_save_url."""

    scope: Scope = "project"
    name: Name
    url: Annotated[str, Field(min_length=1, max_length=2048, description="An https URL of an allowed host.")]
    pack: OptionalPack = None
    expected_sha256: AnyHash = None


class NameUrl(Arguments):
    """Arguments of oraclepack_set_default_url and oraclepack_delete_url."""

    scope: Scope
    name: Name
    pack: OptionalPack = None
    expected_sha256: AnyHash = None
