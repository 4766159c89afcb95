"""What a server says of itself: at initialize, and at server/discover."""

from .shapes import (
    BOOLEAN,
    NATURAL,
    OBJECT,
    STRING,
    STRINGS,
    ListOf,
    MapOf,
    ObjectOf,
    OneOf,
    Ref,
    Shape,
    optional,
    required,
)

LIFECYCLE = (
    Shape(
        "ClientCapabilities",
        (
            optional(
                {
                    "elicitation": ObjectOf((optional({"form": Ref("JSONObject"), "url": Ref("JSONObject")}),)),
                    "experimental": MapOf(Ref("JSONObject")),
                    "extensions": MapOf(Ref("JSONObject")),
                    "roots": OBJECT,
                    "sampling": ObjectOf((optional({"context": Ref("JSONObject"), "tools": Ref("JSONObject")}),)),
                }
            ),
        ),
        since="2026-07-28",
    ),
    Shape(
        "DiscoverResult",
        (
            required(
                {
                    "cacheScope": OneOf(("private", "public")),
                    "capabilities": Ref("ServerCapabilities"),
                    "resultType": STRING,
                    "supportedVersions": STRINGS,
                    "ttlMs": NATURAL,
                }
            ),
            optional({"_meta": Ref("ResultMetaObject"), "instructions": STRING}),
        ),
        since="2026-07-28",
    ),
    Shape(
        "Implementation",
        (
            required({"name": STRING, "version": STRING}),
            optional({"title": STRING}, since="2025-06-18"),
            optional({"description": STRING, "icons": ListOf(Ref("Icon")), "websiteUrl": STRING}, since="2025-11-25"),
        ),
    ),
    Shape(
        "InitializeResult",
        (
            required(
                {
                    "capabilities": Ref("ServerCapabilities"),
                    "protocolVersion": STRING,
                    "serverInfo": Ref("Implementation"),
                }
            ),
            optional({"_meta": OBJECT, "instructions": STRING}),
        ),
        until="2026-07-28",
    ),
    Shape(
        "ServerCapabilities",
        (
            optional(
                {
                    "prompts": ObjectOf((optional({"listChanged": BOOLEAN}),)),
                    "resources": ObjectOf((optional({"listChanged": BOOLEAN, "subscribe": BOOLEAN}),)),
                    "tools": ObjectOf((optional({"listChanged": BOOLEAN}),)),
                }
            ),
            optional({"experimental": MapOf(OBJECT), "logging": OBJECT}, until="2026-07-28"),
            optional({"completions": OBJECT}, since="2025-03-26", until="2026-07-28"),
            optional(
                {
                    "tasks": ObjectOf(
                        (
                            optional(
                                {
                                    "cancel": OBJECT,
                                    "list": OBJECT,
                                    "requests": ObjectOf(
                                        (optional({"tools": ObjectOf((optional({"call": OBJECT}),))}),)
                                    ),
                                }
                            ),
                        )
                    )
                },
                since="2025-11-25",
                until="2026-07-28",
            ),
            optional(
                {
                    "experimental": MapOf(Ref("JSONObject")),
                    "logging": Ref("JSONObject"),
                    "completions": Ref("JSONObject"),
                    "extensions": MapOf(Ref("JSONObject")),
                },
                since="2026-07-28",
            ),
        ),
    ),
)
