"""Content of results and messages: text, images, audio, resources, and who they are for."""

from .shapes import (
    ANYTHING,
    BOOLEAN,
    FRACTION,
    INTEGER,
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

CONTENT = (
    Shape(
        "Annotations",
        (
            optional({"audience": ListOf(Ref("Role")), "priority": FRACTION}),
            optional({"lastModified": STRING}, since="2025-06-18"),
        ),
        since="2025-03-26",
    ),
    Shape(
        "AudioContent",
        (
            required({"data": STRING, "mimeType": STRING, "type": Const("audio")}),
            optional({"annotations": Ref("Annotations")}),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
        since="2025-03-26",
    ),
    Shape(
        "BlobResourceContents",
        (
            required({"blob": STRING, "uri": STRING}),
            optional({"mimeType": STRING}),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "ContentBlock",
        AnyOf(
            (Ref("TextContent"), Ref("ImageContent"), Ref("AudioContent"), Ref("ResourceLink"), Ref("EmbeddedResource"))
        ),
        since="2025-06-18",
    ),
    Shape(
        "EmbeddedResource",
        (
            required(
                {
                    "resource": AnyOf((Ref("TextResourceContents"), Ref("BlobResourceContents"))),
                    "type": Const("resource"),
                }
            ),
            optional(
                {"annotations": ObjectOf((optional({"audience": ListOf(Ref("Role")), "priority": FRACTION}),))},
                until="2025-03-26",
            ),
            optional({"annotations": Ref("Annotations")}, since="2025-03-26"),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "Icon",
        (
            required({"src": STRING}),
            optional({"mimeType": STRING, "sizes": STRINGS, "theme": OneOf(("dark", "light"))}),
        ),
        since="2025-11-25",
    ),
    Shape(
        "ImageContent",
        (
            required({"data": STRING, "mimeType": STRING, "type": Const("image")}),
            optional(
                {"annotations": ObjectOf((optional({"audience": ListOf(Ref("Role")), "priority": FRACTION}),))},
                until="2025-03-26",
            ),
            optional({"annotations": Ref("Annotations")}, since="2025-03-26"),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "ResourceLink",
        (
            required({"name": STRING, "type": Const("resource_link"), "uri": STRING}),
            optional(
                {
                    "annotations": Ref("Annotations"),
                    "description": STRING,
                    "mimeType": STRING,
                    "size": INTEGER,
                    "title": STRING,
                }
            ),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            optional({"icons": ListOf(Ref("Icon"))}, since="2025-11-25"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
        since="2025-06-18",
    ),
    Shape("Role", OneOf(("assistant", "user"))),
    Shape(
        "TextContent",
        (
            required({"text": STRING, "type": Const("text")}),
            optional(
                {"annotations": ObjectOf((optional({"audience": ListOf(Ref("Role")), "priority": FRACTION}),))},
                until="2025-03-26",
            ),
            optional({"annotations": Ref("Annotations")}, since="2025-03-26"),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "TextResourceContents",
        (
            required({"text": STRING, "uri": STRING}),
            optional({"mimeType": STRING}),
            optional({"_meta": OBJECT}, since="2025-06-18", until="2026-07-28"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
    ),
    Shape(
        "ToolResultContent",
        (
            required({"content": ListOf(Ref("ContentBlock")), "toolUseId": STRING, "type": Const("tool_result")}),
            optional({"isError": BOOLEAN}),
            optional({"_meta": OBJECT, "structuredContent": OBJECT}, until="2026-07-28"),
            optional({"_meta": Ref("MetaObject"), "structuredContent": ANYTHING}, since="2026-07-28"),
        ),
        since="2025-11-25",
    ),
    Shape(
        "ToolUseContent",
        (
            required({"id": STRING, "input": OBJECT, "name": STRING, "type": Const("tool_use")}),
            optional({"_meta": OBJECT}, until="2026-07-28"),
            optional({"_meta": Ref("MetaObject")}, since="2026-07-28"),
        ),
        since="2025-11-25",
    ),
)
