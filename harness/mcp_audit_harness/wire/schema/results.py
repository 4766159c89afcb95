"""Results of the server's features: tools, resources, prompts, completion."""

from .shapes import (
    ANYTHING,
    BOOLEAN,
    FRACTION,
    INTEGER,
    NATURAL,
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

RESULTS = (
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
        "CompleteResult",
        (
            required(
                {
                    "completion": ObjectOf(
                        (
                            required({"values": STRINGS}),
                            optional({"hasMore": BOOLEAN, "total": INTEGER}),
                        )
                    )
                },
                until="2026-07-28",
            ),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            required(
                {
                    "completion": ObjectOf(
                        (
                            required({"values": ListOf(STRING, 100)}),
                            optional({"hasMore": BOOLEAN, "total": INTEGER}),
                        )
                    ),
                    "resultType": STRING,
                },
                since="2026-07-28",
            ),
            optional({"_meta": Ref("ResultMetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "GetPromptResult",
        (
            required({"messages": ListOf(Ref("PromptMessage"))}),
            optional({"description": STRING}),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            required({"resultType": STRING}, since="2026-07-28"),
            optional({"_meta": Ref("ResultMetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "InputRequest",
        AnyOf((Ref("CreateMessageRequest"), Ref("ListRootsRequest"), Ref("ElicitRequest"))),
        since="2026-07-28",
    ),
    Shape("InputRequests", MapOf(Ref("InputRequest")), since="2026-07-28"),
    Shape(
        "InputRequiredResult",
        (
            required({"resultType": STRING}),
            optional({"_meta": Ref("ResultMetaObject"), "inputRequests": Ref("InputRequests"), "requestState": STRING}),
        ),
        since="2026-07-28",
    ),
    Shape(
        "ListPromptsResult",
        (
            required({"prompts": ListOf(Ref("Prompt"))}),
            optional({"nextCursor": STRING}),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            required(
                {"cacheScope": OneOf(("private", "public")), "resultType": STRING, "ttlMs": NATURAL}, since="2026-07-28"
            ),
            optional({"_meta": Ref("ResultMetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "ListResourceTemplatesResult",
        (
            required({"resourceTemplates": ListOf(Ref("ResourceTemplate"))}),
            optional({"nextCursor": STRING}),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            required(
                {"cacheScope": OneOf(("private", "public")), "resultType": STRING, "ttlMs": NATURAL}, since="2026-07-28"
            ),
            optional({"_meta": Ref("ResultMetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "ListResourcesResult",
        (
            required({"resources": ListOf(Ref("Resource"))}),
            optional({"nextCursor": STRING}),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            required(
                {"cacheScope": OneOf(("private", "public")), "resultType": STRING, "ttlMs": NATURAL}, since="2026-07-28"
            ),
            optional({"_meta": Ref("ResultMetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "ListToolsResult",
        (
            required({"tools": ListOf(Ref("Tool"))}),
            optional({"nextCursor": STRING}),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            required(
                {"cacheScope": OneOf(("private", "public")), "resultType": STRING, "ttlMs": NATURAL}, since="2026-07-28"
            ),
            optional({"_meta": Ref("ResultMetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "Prompt",
        (
            required({"name": STRING}),
            optional({"arguments": ListOf(Ref("PromptArgument")), "description": STRING}),
            optional({"title": STRING}, since="2025-06-18"),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional({"icons": ListOf(Ref("Icon"))}, since="2025-11-25"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "PromptArgument",
        (
            required({"name": STRING}),
            optional({"description": STRING, "required": BOOLEAN}),
            optional({"title": STRING}, since="2025-06-18"),
        ),
    ),
    Shape(
        "PromptMessage",
        (
            required({"role": Ref("Role")}),
            required(
                {"content": AnyOf((Ref("TextContent"), Ref("ImageContent"), Ref("EmbeddedResource")))},
                until="2025-03-26",
            ),
            required(
                {
                    "content": AnyOf(
                        (Ref("TextContent"), Ref("ImageContent"), Ref("AudioContent"), Ref("EmbeddedResource"))
                    )
                },
                since="2025-03-26",
                until="2025-06-18",
            ),
            required({"content": Ref("ContentBlock")}, since="2025-06-18"),
        ),
    ),
    Shape(
        "ReadResourceResult",
        (
            required({"contents": ListOf(AnyOf((Ref("TextResourceContents"), Ref("BlobResourceContents"))))}),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            required(
                {"cacheScope": OneOf(("private", "public")), "resultType": STRING, "ttlMs": NATURAL}, since="2026-07-28"
            ),
            optional({"_meta": Ref("ResultMetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "Resource",
        (
            required({"name": STRING, "uri": STRING}),
            optional({"description": STRING, "mimeType": STRING, "size": INTEGER}),
            optional(
                {"annotations": ObjectOf((optional({"audience": ListOf(Ref("Role")), "priority": FRACTION}),))},
                until="2025-03-26",
            ),
            optional({"annotations": Ref("Annotations")}, since="2025-03-26"),
            optional({"title": STRING}, since="2025-06-18"),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional({"icons": ListOf(Ref("Icon"))}, since="2025-11-25"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "ResourceTemplate",
        (
            required({"name": STRING, "uriTemplate": STRING}),
            optional({"description": STRING, "mimeType": STRING}),
            optional(
                {"annotations": ObjectOf((optional({"audience": ListOf(Ref("Role")), "priority": FRACTION}),))},
                until="2025-03-26",
            ),
            optional({"annotations": Ref("Annotations")}, since="2025-03-26"),
            optional({"title": STRING}, since="2025-06-18"),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional({"icons": ListOf(Ref("Icon"))}, since="2025-11-25"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "Result",
        (
            optional({"_meta": OBJECT}, until="2026-07-28"),
            required({"resultType": STRING}, since="2026-07-28"),
            optional({"_meta": Ref("ResultMetaObject")}, since="2026-07-28"),
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
