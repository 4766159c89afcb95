"""What can be read, with the scope that it takes: each entry turns the variables of its URI into a text."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, TypeAlias

from mcp.shared.uri_template import UriTemplate
from mcp_types import Resource, ResourceTemplate
from pydantic import TypeAdapter

from oraclepack_mcp.catalogue import ListQuery, PackList, PackModel, ServerFacts
from oraclepack_mcp.domain import Domain
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.model import OverridesModel
from oraclepack_mcp.packs.model import Profile, Rule
from oraclepack_mcp.packs.validation import PROFILES, Validation
from oraclepack_mcp.runs.model import ReportModel, RunList, RunModel, StateModel
from oraclepack_mcp.security.scopes import Caller, Scope
from oraclepack_mcp.server.resources import uris
from oraclepack_mcp.taskify.model import ActionsModel
from oraclepack_mcp.urls.model import UrlStoreModel

Variables: TypeAlias = dict[str, str]

JSON: Final = "application/json"
MARKDOWN: Final = "text/markdown"
TEXT: Final = "text/plain"
LISTS_TTL_MS: Final = 5_000
RULES_TTL_MS: Final = 3_600_000
_LOG_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Fixed:
    """A resource with a URI of its own; `ttl_ms` says how long an answer may be kept."""

    uri: str
    name: str
    title: str
    description: str
    scope: Scope
    read: Callable[[Domain, Variables], str]
    ttl_ms: int = LISTS_TTL_MS
    public: bool = False

    def declare(self) -> Resource:
        """The resource as `resources/list` shows it."""
        return Resource(uri=self.uri, name=self.name, title=self.title, description=self.description, mime_type=JSON)


@dataclass(frozen=True, slots=True)
class Template:
    """A family of resources; a run that goes on is not kept at all, hence a `ttl_ms` of 0."""

    template: UriTemplate
    name: str
    title: str
    description: str
    scope: Scope
    read: Callable[[Domain, Variables], str]
    mime_type: str = JSON
    ttl_ms: int = LISTS_TTL_MS

    def declare(self) -> ResourceTemplate:
        """The template as `resources/templates/list` shows it."""
        return ResourceTemplate(
            uri_template=self.template.template,
            name=self.name,
            title=self.title,
            description=self.description,
            mime_type=self.mime_type,
        )


@cache
def _adapter(result: Any) -> TypeAdapter[Any]:
    return TypeAdapter(result)


def _json(result: Any, value: object) -> str:
    return _adapter(result).dump_json(value).decode()


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise DomainError("NOT_FOUND", "there is no such profile")
    return name


def _validation(domain: Domain, variables: Variables) -> str:
    profile = _profile(variables.get("profile", "runner"))
    return _json(Validation, domain.packs.validate_pack(variables["path"], (profile,)))


def _store(domain: Domain, variables: Variables) -> str:
    store = next((store for store in domain.urls.list("all").stores if store.scope == variables["scope"]), None)
    if store is None:
        raise DomainError("NOT_FOUND", "there is no such store")
    return _json(UrlStoreModel, store)


def _log(domain: Domain, variables: Variables) -> str:
    offset, limit = _number(variables, "offset", 0), _number(variables, "limit", _LOG_BYTES)
    return domain.runs.read_log(variables["run_id"], variables["step_id"], None, offset, min(limit, _LOG_BYTES)).text


def _number(variables: Variables, name: str, default: int) -> int:
    text = variables.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise DomainError("INVALID_ARGUMENT", f"{name} is a number of bytes")
    return int(text)


Entry: TypeAlias = tuple[Fixed | Template, Variables]

FIXED: Final = (
    Fixed(
        uris.SERVER_URI,
        "server",
        "Server",
        "Version, roots, limits and profiles of this server.",
        "packs:read",
        lambda domain, _: _json(ServerFacts, replace(domain.packs.facts(), execution=domain.execution.policy)),
    ),
    Fixed(
        uris.PACKS_URI,
        "packs",
        "Packs",
        "The packs of the first root, as oraclepack_list_packs returns them.",
        "packs:read",
        lambda domain, _: _json(PackList, domain.packs.list_packs(ListQuery(limit=200))),
    ),
    Fixed(
        uris.RUNS_URI,
        "runs",
        "Runs",
        "The newest runs, as oraclepack_list_runs returns them.",
        "runs:read",
        lambda domain, _: _json(RunList, domain.runs.list()),
        ttl_ms=0,
    ),
    Fixed(
        uris.RULES.expand({"profile": "runner"}),
        "rules-runner",
        "Runner rules",
        "The rules by which the runner judges a pack.",
        "packs:read",
        lambda domain, _: _json(list[Rule], domain.packs.rules("runner")),
        ttl_ms=RULES_TTL_MS,
        public=True,
    ),
)
TEMPLATES: Final = (
    Template(
        uris.PACK,
        "pack",
        "Pack text",
        "The Markdown of a pack.",
        "packs:read",
        lambda domain, variables: domain.packs.get_pack_text(variables["path"]).text,
        mime_type=MARKDOWN,
    ),
    Template(
        uris.PACK_MODEL,
        "pack-model",
        "Pack model",
        "A pack as data, with the code of its steps.",
        "packs:read",
        lambda domain, variables: _json(PackModel, domain.packs.get_pack(variables["path"], True)),
    ),
    Template(
        uris.VALIDATION,
        "validation",
        "Pack validation",
        "The findings for a pack, by the runner's rules unless a profile is named.",
        "packs:read",
        _validation,
    ),
    Template(
        uris.STATE,
        "state",
        "Pack state",
        "How the steps of a pack ended, as its state file says.",
        "runs:read",
        lambda domain, variables: _json(StateModel, domain.states.get_state(variables["path"])),
        ttl_ms=0,
    ),
    Template(
        uris.REPORT,
        "report",
        "Pack report",
        "The report of the last run of a pack.",
        "runs:read",
        lambda domain, variables: _json(ReportModel, domain.states.get_report(variables["path"])),
        ttl_ms=0,
    ),
    Template(
        uris.OVERRIDES,
        "overrides",
        "Pack overrides",
        "The overrides that are stored for a pack.",
        "packs:read",
        lambda domain, variables: _json(OverridesModel, domain.overrides.get(variables["path"])),
    ),
    Template(
        uris.RUN,
        "run",
        "Run",
        "A run, by its handle.",
        "runs:read",
        lambda domain, variables: _json(RunModel, domain.runs.get(variables["run_id"])),
        ttl_ms=0,
    ),
    Template(
        uris.LOG,
        "log",
        "Step log",
        "What the last attempt of a step wrote, from an offset on.",
        "runs:read",
        _log,
        mime_type=TEXT,
        ttl_ms=0,
    ),
    Template(
        uris.URLS,
        "urls",
        "Stored URLs",
        "The URLs of the project, or those of the operator.",
        "urls:read",
        _store,
    ),
    Template(
        uris.ACTIONS,
        "actions",
        "Actions",
        "The actions that Stage 3 left in a directory, parsed and checked.",
        "packs:read",
        lambda domain, variables: _json(ActionsModel, domain.taskify.read_actions(variables["out_dir"])),
    ),
    Template(
        uris.RULES,
        "rules",
        "Profile rules",
        "The rules of a profile, as data.",
        "packs:read",
        lambda domain, variables: _json(list[Rule], domain.packs.rules(_profile(variables["profile"]))),
        ttl_ms=RULES_TTL_MS,
    ),
)


def entry_of(caller: Caller, uri: str) -> Entry | None:
    """The resource of a URI with the variables in it, None where there is none that the caller may read."""
    for fixed in FIXED:
        if fixed.uri == uri:
            return (fixed, {}) if caller.may(fixed.scope) else None
    for template in TEMPLATES:
        if (found := template.template.match(uri)) is not None:
            variables = {name: value for name, value in found.items() if isinstance(value, str)}
            return (template, variables) if caller.may(template.scope) else None
    return None
