"""The resources: three fixed ones, one for each pack, and three templates that reach any pack."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mcp.shared.uri_template import UriTemplate
from mcp_types import BlobResourceContents, ReadResourceResult, Resource, ResourceTemplate, TextResourceContents
from pydantic import TypeAdapter

from oraclepack_mcp.catalogue import Catalogue, ListQuery, PackList, PackModel, ServerFacts
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.validation import PROFILES, Rule, Validation
from oraclepack_mcp.server.answers import in_thread, resource_not_found

_JSON: Final = "application/json"
_MARKDOWN: Final = "text/markdown"
_RULES_TTL_MS: Final = 3_600_000

PACKS_URI: Final = "oraclepack://packs"
_PACK: Final = UriTemplate.parse("oraclepack://pack/{+path}")
_PACK_MODEL: Final = UriTemplate.parse("oraclepack://pack-model/{+path}")
_VALIDATION: Final = UriTemplate.parse("oraclepack://validation/{+path}{?profile}")


@dataclass(frozen=True, slots=True)
class Fixed:
    """A resource with a URI of its own."""

    uri: str
    name: str
    title: str
    description: str
    read: Callable[[Catalogue], str]
    constant: bool = False

    def declare(self) -> Resource:
        """The resource as `resources/list` shows it."""
        return Resource(uri=self.uri, name=self.name, title=self.title, description=self.description, mime_type=_JSON)


@dataclass(frozen=True, slots=True)
class Template:
    """A family of resources."""

    template: UriTemplate
    name: str
    title: str
    description: str
    mime_type: str
    read: Callable[[Catalogue, dict[str, str]], str]

    def declare(self) -> ResourceTemplate:
        """The template as `resources/templates/list` shows it."""
        return ResourceTemplate(
            uri_template=self.template.template,
            name=self.name,
            title=self.title,
            description=self.description,
            mime_type=self.mime_type,
        )


def _json(result: Any, value: object) -> str:
    return TypeAdapter(result).dump_json(value).decode()


def _read_validation(domain: Catalogue, variables: dict[str, str]) -> str:
    profile = variables.get("profile", "runner")
    if profile not in PROFILES:
        raise DomainError("NOT_FOUND", "there is no such profile")
    return _json(Validation, domain.validate_pack(variables["path"], (profile,)))


FIXED: Final = (
    Fixed(
        "oraclepack://server",
        "server",
        "Server",
        "Version, roots, limits and profiles of this server.",
        lambda domain: _json(ServerFacts, domain.facts()),
    ),
    Fixed(
        PACKS_URI,
        "packs",
        "Packs",
        "The packs of the first root, as oraclepack_list_packs returns them.",
        lambda domain: _json(PackList, domain.list_packs(ListQuery(limit=200))),
    ),
    Fixed(
        "oraclepack://rules/runner",
        "rules-runner",
        "Runner rules",
        "The rules by which the runner judges a pack.",
        lambda domain: _json(list[Rule], domain.rules("runner")),
        constant=True,
    ),
)
TEMPLATES: Final = (
    Template(
        _PACK,
        "pack",
        "Pack text",
        "The Markdown of a pack.",
        _MARKDOWN,
        lambda domain, variables: domain.get_pack_text(variables["path"]).text,
    ),
    Template(
        _PACK_MODEL,
        "pack-model",
        "Pack model",
        "A pack as data, with the code of its steps.",
        _JSON,
        lambda domain, variables: _json(PackModel, domain.get_pack(variables["path"], True)),
    ),
    Template(
        _VALIDATION,
        "validation",
        "Pack validation",
        "The findings for a pack, by the runner's rules unless a profile is named.",
        _JSON,
        _read_validation,
    ),
)


def pack_uri(pack_id: str) -> str:
    """The URI of a pack's Markdown."""
    return _PACK.expand({"path": pack_id})


def pack_of(uri: str) -> str | None:
    """The path of the pack that a resource is about, or None where it is about none."""
    for template in TEMPLATES:
        if (found := template.template.match(uri)) is not None and isinstance(path := found["path"], str):
            return path
    return None


def declare_packs(domain: Catalogue) -> list[Resource]:
    """A resource for each pack that there is now."""
    return [
        Resource(
            uri=pack_uri(pack_id),
            name=pack_id,
            title=pack_id.rpartition("/")[2].rpartition(":")[2],
            description="A pack of steps.",
            mime_type=_MARKDOWN,
        )
        for pack_id in domain.pack_ids()
    ]


async def read_resource(domain: Catalogue, uri: str, revision: str) -> ReadResourceResult:
    """Read a resource by URI.

    Raises:
        MCPError: the resource is unknown, or the domain refuses its path; both look the same.
    """
    try:
        for fixed in FIXED:
            if fixed.uri == uri:
                return _result(uri, _JSON, await in_thread(fixed.read, domain), constant=fixed.constant)
        for template in TEMPLATES:
            if (found := template.template.match(uri)) is not None:
                variables = {name: value for name, value in found.items() if isinstance(value, str)}
                return _result(uri, template.mime_type, await in_thread(template.read, domain, variables))
    except DomainError as error:
        raise resource_not_found(uri, revision) from error
    raise resource_not_found(uri, revision)


def _result(uri: str, mime_type: str, text: str, *, constant: bool = False) -> ReadResourceResult:
    contents: list[TextResourceContents | BlobResourceContents] = [
        TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    ]
    if constant:
        return ReadResourceResult(contents=contents, ttl_ms=_RULES_TTL_MS, cache_scope="public")
    return ReadResourceResult(contents=contents)
