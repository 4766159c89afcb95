"""Overrides: flags that are added to the `oracle` calls of a pack, or left out."""

from typing import Any, Final

from oraclepack_mcp.overrides.model import OverridesCheck, OverridesModel, OverridesPreview
from oraclepack_mcp.security.scopes import Scope
from oraclepack_mcp.server.arguments import overrides as args
from oraclepack_mcp.server.arguments.shared import OfPack
from oraclepack_mcp.server.resources.uris import overrides_uri
from oraclepack_mcp.server.tools.spec import READS, REPLACES, Call, Consent, Hints, Proposal, ToolSpec

_READ: Final[frozenset[Scope]] = frozenset({"packs:read"})
_WRITE: Final[frozenset[Scope]] = frozenset({"packs:write"})


def _propose(arguments: Any, call: Call) -> Proposal:
    token = call.domain.planner.issue_for(arguments, call.caller.principal, pack=arguments.pack)
    return Proposal(f"Call oracle with --dry-run for each question of {arguments.pack}?", token)


TOOLS: Final = (
    ToolSpec(
        "oraclepack_get_overrides",
        "Get overrides",
        "Returns the overrides that are stored for a pack.",
        OfPack,
        OverridesModel,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.overrides.get(a.pack),
        whole=lambda found: overrides_uri(found.pack),
    ),
    ToolSpec(
        "oraclepack_preview_overrides",
        "Preview overrides",
        "Shows the flags that each step would have, and the lines that would change.",
        args.TryOverrides,
        OverridesPreview,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.overrides.preview(a.pack, a.value()),
    ),
    ToolSpec(
        "oraclepack_set_overrides",
        "Set overrides",
        "Stores overrides for a pack, in the place of any other.",
        args.SetOverrides,
        OverridesModel,
        scopes=_WRITE,
        hints=REPLACES,
        call=lambda a, call: call.domain.overrides.set(a.pack, a.overrides.value(), a.expected_sha256),
    ),
    ToolSpec(
        "oraclepack_clear_overrides",
        "Clear overrides",
        "Removes the overrides that are stored for a pack.",
        args.ClearOverrides,
        OverridesModel,
        scopes=_WRITE,
        hints=REPLACES,
        call=lambda a, call: call.domain.overrides.clear(a.pack, a.expected_sha256),
    ),
    ToolSpec(
        "oraclepack_validate_overrides",
        "Validate overrides",
        "Judges overrides by the list of known flags and by the steps of the pack; runs nothing.",
        args.TryOverrides,
        OverridesCheck,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.overrides.validate(a.pack, a.value()),
    ),
    ToolSpec(
        "oraclepack_dry_run_overrides",
        "Dry-run overrides",
        "Calls oracle with --dry-run for each question of a pack, after a confirmation.",
        args.TryOverrides,
        OverridesCheck,
        scopes=frozenset({"packs:execute"}),
        hints=Hints(open_world=True),
        consent=Consent(
            _propose,
            lambda a, call, token: call.domain.planner.redeem_for(a, call.caller.principal, token, pack=a.pack),
        ),
        call=lambda a, call: call.domain.overrides.dry_run(a.pack, a.value(), call.domain.runs.run_argv),
    ),
)
