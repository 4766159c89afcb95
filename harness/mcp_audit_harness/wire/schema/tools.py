"""Tools: what a server says of them, and what comes of a call."""

from .meta import CACHED, RESULT
from .shapes import (
    ANYTHING,
    BOOLEAN,
    OBJECT,
    STRING,
    STRINGS,
    AnyOf,
    Const,
    ListOf,
    MapOf,
    ObjectOf,
    OneOf,
    Ref,
    Shape,
    optional,
    required,
)

TOOLS = (
    Shape(
        "CallToolResult",
        (
            required(
                {"content": ListOf(AnyOf((Ref("TextContent"), Ref("ImageContent"), Ref("EmbeddedResource"))))},
                until="2025-03-26",
            ),
            optional({"isError": BOOLEAN}),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            required(
                {
                    "content": ListOf(
                        AnyOf((Ref("TextContent"), Ref("ImageContent"), Ref("AudioContent"), Ref("EmbeddedResource")))
                    )
                },
                since="2025-03-26",
                until="2025-06-18",
            ),
            required({"content": ListOf(Ref("ContentBlock"))}, since="2025-06-18"),
            optional({"structuredContent": OBJECT}, since="2025-06-18", until="2026-07-28"),
            required({"resultType": STRING}, since="2026-07-28"),
            optional({"_meta": Ref("ResultMetaObject"), "structuredContent": ANYTHING}, since="2026-07-28"),
        ),
    ),
    Shape(
        "ListToolsResult",
        (
            required({"tools": ListOf(Ref("Tool"))}),
            optional({"nextCursor": STRING}),
            *RESULT,
            *CACHED,
        ),
    ),
    Shape(
        "Tool",
        (
            required({"name": STRING}),
            required(
                {
                    "inputSchema": ObjectOf(
                        (
                            required({"type": Const("object")}),
                            optional({"properties": MapOf(OBJECT), "required": STRINGS}),
                        )
                    )
                },
                until="2025-11-25",
            ),
            optional({"description": STRING}),
            optional({"annotations": Ref("ToolAnnotations")}, since="2025-03-26"),
            optional({"title": STRING}, since="2025-06-18"),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional(
                {
                    "outputSchema": ObjectOf(
                        (
                            required({"type": Const("object")}),
                            optional({"properties": MapOf(OBJECT), "required": STRINGS}),
                        )
                    )
                },
                since="2025-06-18",
                until="2025-11-25",
            ),
            required(
                {
                    "inputSchema": ObjectOf(
                        (
                            required({"type": Const("object")}),
                            optional({"$schema": STRING, "properties": MapOf(OBJECT), "required": STRINGS}),
                        )
                    )
                },
                since="2025-11-25",
                until="2026-07-28",
            ),
            optional({"icons": ListOf(Ref("Icon"))}, since="2025-11-25"),
            optional(
                {
                    "outputSchema": ObjectOf(
                        (
                            required({"type": Const("object")}),
                            optional({"$schema": STRING, "properties": MapOf(OBJECT), "required": STRINGS}),
                        )
                    ),
                    "execution": Ref("ToolExecution"),
                },
                since="2025-11-25",
                until="2026-07-28",
            ),
            required(
                {
                    "inputSchema": ObjectOf(
                        (
                            required({"type": Const("object")}),
                            optional({"$schema": STRING}),
                        )
                    )
                },
                since="2026-07-28",
            ),
            optional(
                {"_meta": Ref("MetaObject"), "outputSchema": ObjectOf((optional({"$schema": STRING}),))},
                since="2026-07-28",
            ),
        ),
    ),
    Shape(
        "ToolAnnotations",
        (
            optional(
                {
                    "destructiveHint": BOOLEAN,
                    "idempotentHint": BOOLEAN,
                    "openWorldHint": BOOLEAN,
                    "readOnlyHint": BOOLEAN,
                    "title": STRING,
                }
            ),
        ),
        since="2025-03-26",
    ),
    Shape(
        "ToolExecution",
        (optional({"taskSupport": OneOf(("forbidden", "optional", "required"))}),),
        since="2025-11-25",
        until="2026-07-28",
    ),
)
