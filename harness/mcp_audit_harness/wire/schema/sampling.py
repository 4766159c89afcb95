"""Requests of a server for a sample of the client's model, its roots, or a sign of life."""

from .meta import PROGRESS_META, REQUEST_PARAMS
from .shapes import (
    FRACTION,
    INTEGER,
    NUMBER,
    OBJECT,
    STRING,
    STRINGS,
    AnyOf,
    Const,
    ListOf,
    ObjectOf,
    OneOf,
    Ref,
    Shape,
    optional,
    required,
)

SAMPLING = (
    Shape(
        "CreateMessageRequest",
        (
            required({"method": Const("sampling/createMessage")}),
            required(
                {
                    "params": ObjectOf(
                        (
                            required({"maxTokens": INTEGER, "messages": ListOf(Ref("SamplingMessage"))}),
                            optional(
                                {
                                    "includeContext": OneOf(("allServers", "none", "thisServer")),
                                    "metadata": OBJECT,
                                    "modelPreferences": Ref("ModelPreferences"),
                                    "stopSequences": STRINGS,
                                    "systemPrompt": STRING,
                                    "temperature": NUMBER,
                                }
                            ),
                        )
                    )
                },
                until="2025-11-25",
            ),
            required({"params": Ref("CreateMessageRequestParams")}, since="2025-11-25"),
            required({"id": Ref("RequestId"), "jsonrpc": Const("2.0")}, since="2025-11-25", until="2026-07-28"),
        ),
    ),
    Shape(
        "CreateMessageRequestParams",
        (
            required({"maxTokens": INTEGER, "messages": ListOf(Ref("SamplingMessage"))}),
            optional(
                {
                    "includeContext": OneOf(("allServers", "none", "thisServer")),
                    "modelPreferences": Ref("ModelPreferences"),
                    "stopSequences": STRINGS,
                    "systemPrompt": STRING,
                    "temperature": NUMBER,
                    "toolChoice": Ref("ToolChoice"),
                    "tools": ListOf(Ref("Tool")),
                }
            ),
            optional(
                {
                    "_meta": PROGRESS_META,
                    "metadata": OBJECT,
                    "task": Ref("TaskMetadata"),
                },
                until="2026-07-28",
            ),
            optional({"metadata": Ref("JSONObject")}, since="2026-07-28"),
        ),
        since="2025-11-25",
    ),
    Shape(
        "ListRootsRequest",
        (
            required({"method": Const("roots/list")}),
            optional(
                {"params": REQUEST_PARAMS},
                until="2025-11-25",
            ),
            required({"id": Ref("RequestId"), "jsonrpc": Const("2.0")}, since="2025-11-25", until="2026-07-28"),
            optional({"params": Ref("RequestParams")}, since="2025-11-25", until="2026-07-28"),
            optional({"params": ObjectOf((optional({"_meta": Ref("MetaObject")}),))}, since="2026-07-28"),
        ),
    ),
    Shape("ModelHint", (optional({"name": STRING}),)),
    Shape(
        "ModelPreferences",
        (
            optional(
                {
                    "costPriority": FRACTION,
                    "hints": ListOf(Ref("ModelHint")),
                    "intelligencePriority": FRACTION,
                    "speedPriority": FRACTION,
                }
            ),
        ),
    ),
    Shape(
        "PingRequest",
        (
            required({"method": Const("ping")}),
            optional(
                {"params": REQUEST_PARAMS},
                until="2025-11-25",
            ),
            required({"id": Ref("RequestId"), "jsonrpc": Const("2.0")}, since="2025-11-25"),
            optional({"params": Ref("RequestParams")}, since="2025-11-25"),
        ),
        until="2026-07-28",
    ),
    Shape(
        "SamplingMessage",
        (
            required({"role": Ref("Role")}),
            required({"content": AnyOf((Ref("TextContent"), Ref("ImageContent")))}, until="2025-03-26"),
            required(
                {"content": AnyOf((Ref("TextContent"), Ref("ImageContent"), Ref("AudioContent")))},
                since="2025-03-26",
                until="2025-11-25",
            ),
            required(
                {
                    "content": AnyOf(
                        (
                            Ref("TextContent"),
                            Ref("ImageContent"),
                            Ref("AudioContent"),
                            Ref("ToolUseContent"),
                            Ref("ToolResultContent"),
                            ListOf(Ref("SamplingMessageContentBlock")),
                        )
                    )
                },
                since="2025-11-25",
            ),
            optional({"_meta": OBJECT}, since="2025-11-25", until="2026-07-28"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "SamplingMessageContentBlock",
        AnyOf(
            (
                Ref("TextContent"),
                Ref("ImageContent"),
                Ref("AudioContent"),
                Ref("ToolUseContent"),
                Ref("ToolResultContent"),
            )
        ),
        since="2025-11-25",
    ),
    Shape("ToolChoice", (optional({"mode": OneOf(("auto", "none", "required"))}),), since="2025-11-25"),
)
