"""Content of results and messages: text, images, audio, resources, and who they are for."""

from .meta import ANNOTATED, META
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
            *META,
        ),
        since="2025-03-26",
    ),
    Shape(
        "BlobResourceContents",
        (
            required({"blob": STRING, "uri": STRING}),
            optional({"mimeType": STRING}),
            *META,
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
            *ANNOTATED,
            *META,
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
            *ANNOTATED,
            *META,
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
            *META,
            optional({"icons": ListOf(Ref("Icon"))}, since="2025-11-25"),
        ),
        since="2025-06-18",
    ),
    Shape("Role", OneOf(("assistant", "user"))),
    Shape(
        "TextContent",
        (
            required({"text": STRING, "type": Const("text")}),
            *ANNOTATED,
            *META,
        ),
    ),
    Shape(
        "TextResourceContents",
        (
            required({"text": STRING, "uri": STRING}),
            optional({"mimeType": STRING}),
            *META,
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
            *META,
        ),
        since="2025-11-25",
    ),
)
