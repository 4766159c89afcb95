"""Results of resources, prompts and completion, and what they list."""

from .meta import ANNOTATED, CACHED, META, RESULT
from .shapes import (
    BOOLEAN,
    INTEGER,
    OBJECT,
    STRING,
    STRINGS,
    AnyOf,
    ListOf,
    MapOf,
    ObjectOf,
    Ref,
    Shape,
    optional,
    required,
)

RESULTS = (
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
            *RESULT,
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
            *RESULT,
            *CACHED,
        ),
    ),
    Shape(
        "ListResourceTemplatesResult",
        (
            required({"resourceTemplates": ListOf(Ref("ResourceTemplate"))}),
            optional({"nextCursor": STRING}),
            *RESULT,
            *CACHED,
        ),
    ),
    Shape(
        "ListResourcesResult",
        (
            required({"resources": ListOf(Ref("Resource"))}),
            optional({"nextCursor": STRING}),
            *RESULT,
            *CACHED,
        ),
    ),
    Shape(
        "Prompt",
        (
            required({"name": STRING}),
            optional({"arguments": ListOf(Ref("PromptArgument")), "description": STRING}),
            optional({"title": STRING}, since="2025-06-18"),
            *META,
            optional({"icons": ListOf(Ref("Icon"))}, since="2025-11-25"),
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
            *RESULT,
            *CACHED,
        ),
    ),
    Shape(
        "Resource",
        (
            required({"name": STRING, "uri": STRING}),
            optional({"description": STRING, "mimeType": STRING, "size": INTEGER}),
            *ANNOTATED,
            optional({"title": STRING}, since="2025-06-18"),
            *META,
            optional({"icons": ListOf(Ref("Icon"))}, since="2025-11-25"),
        ),
    ),
    Shape(
        "ResourceTemplate",
        (
            required({"name": STRING, "uriTemplate": STRING}),
            optional({"description": STRING, "mimeType": STRING}),
            *ANNOTATED,
            optional({"title": STRING}, since="2025-06-18"),
            *META,
            optional({"icons": ListOf(Ref("Icon"))}, since="2025-11-25"),
        ),
    ),
    Shape(
        "Result",
        (*RESULT,),
    ),
)
