"""Writing packs."""

from typing import Final

from oraclepack_mcp.packs.authoring import Rendered, Updated, WrittenPack
from oraclepack_mcp.security.scopes import Scope
from oraclepack_mcp.server.arguments import authoring as args
from oraclepack_mcp.server.tools.spec import CREATES, REPLACES, ToolSpec

_WRITE: Final[frozenset[Scope]] = frozenset({"packs:write"})

TOOLS: Final = (
    ToolSpec(
        "oraclepack_write_pack",
        "Write a pack",
        "Writes a pack file, once it passes its profiles; says what would change when asked for a dry run.",
        args.WritePack,
        WrittenPack,
        scopes=_WRITE,
        hints=REPLACES,
        call=lambda a, call: call.domain.author.write_pack(
            a.path, a.content, a.expected_sha256, tuple(a.profiles), a.allow_invalid, a.dry_run
        ),
    ),
    ToolSpec(
        "oraclepack_update_step",
        "Update a step",
        "Changes title, metadata or code of one step; everything else in the file stays byte for byte.",
        args.UpdateStep,
        Updated,
        scopes=_WRITE,
        hints=REPLACES,
        call=lambda a, call: call.domain.author.update_step(
            a.pack, a.step_id.zfill(2), a.title, a.metadata, a.code, a.expected_sha256, a.dry_run
        ),
    ),
    ToolSpec(
        "oraclepack_render_pack",
        "Render a pack",
        "Makes a pack out of data, judges it, and writes it where a path is given.",
        args.RenderPack,
        Rendered,
        scopes=_WRITE,
        hints=CREATES,
        call=lambda a, call: call.domain.author.render_pack(a.manifest, a.path, a.expected_sha256, a.dry_run),
    ),
    ToolSpec(
        "oraclepack_render_template",
        "Fill in a template",
        "Fills in a template of this server, names placeholders without a value, and writes it where a path is given.",
        args.RenderTemplate,
        Rendered,
        scopes=_WRITE,
        hints=CREATES,
        call=lambda a, call: call.domain.author.render_template(
            a.template, a.values, a.path, a.expected_sha256, a.dry_run
        ),
    ),
)
