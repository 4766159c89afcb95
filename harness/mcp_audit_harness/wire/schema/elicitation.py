"""What a server may ask a person for: forms of plain fields, or a URL to visit."""

from .meta import PROGRESS_META
from .shapes import (
    BOOLEAN,
    INTEGER,
    NUMBER,
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

ELICITATION = (
    Shape(
        "BooleanSchema",
        (required({"type": Const("boolean")}), optional({"default": BOOLEAN, "description": STRING, "title": STRING})),
        since="2025-06-18",
    ),
    Shape(
        "ElicitRequest",
        (
            required({"method": Const("elicitation/create")}),
            required(
                {
                    "params": ObjectOf(
                        (
                            required(
                                {
                                    "message": STRING,
                                    "requestedSchema": ObjectOf(
                                        (
                                            required(
                                                {
                                                    "properties": MapOf(Ref("PrimitiveSchemaDefinition")),
                                                    "type": Const("object"),
                                                }
                                            ),
                                            optional({"required": STRINGS}),
                                        )
                                    ),
                                }
                            ),
                        )
                    )
                },
                until="2025-11-25",
            ),
            required({"params": Ref("ElicitRequestParams")}, since="2025-11-25"),
            required({"id": Ref("RequestId"), "jsonrpc": Const("2.0")}, since="2025-11-25", until="2026-07-28"),
        ),
        since="2025-06-18",
    ),
    Shape(
        "ElicitRequestFormParams",
        (
            required(
                {
                    "message": STRING,
                    "requestedSchema": ObjectOf(
                        (
                            required({"properties": MapOf(Ref("PrimitiveSchemaDefinition")), "type": Const("object")}),
                            optional({"$schema": STRING, "required": STRINGS}),
                        )
                    ),
                }
            ),
            optional({"mode": Const("form")}),
            optional(
                {"_meta": PROGRESS_META, "task": Ref("TaskMetadata")},
                until="2026-07-28",
            ),
        ),
        since="2025-11-25",
    ),
    Shape(
        "ElicitRequestParams",
        AnyOf((Ref("ElicitRequestURLParams"), Ref("ElicitRequestFormParams"))),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "ElicitRequestParams",
        AnyOf((Ref("ElicitRequestFormParams"), Ref("ElicitRequestURLParams"))),
        since="2026-07-28",
    ),
    Shape(
        "ElicitRequestURLParams",
        (
            required({"message": STRING, "mode": Const("url"), "url": STRING}),
            required({"elicitationId": STRING}, until="2026-07-28"),
            optional(
                {"_meta": PROGRESS_META, "task": Ref("TaskMetadata")},
                until="2026-07-28",
            ),
        ),
        since="2025-11-25",
    ),
    Shape(
        "ElicitationCompleteNotification",
        (
            required(
                {
                    "jsonrpc": Const("2.0"),
                    "method": Const("notifications/elicitation/complete"),
                    "params": ObjectOf((required({"elicitationId": STRING}),)),
                }
            ),
        ),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "EnumSchema",
        (
            required({"enum": STRINGS, "type": Const("string")}),
            optional({"description": STRING, "enumNames": STRINGS, "title": STRING}),
        ),
        since="2025-06-18",
        until="2025-11-25",
    ),
    Shape(
        "LegacyTitledEnumSchema",
        (
            required({"enum": STRINGS, "type": Const("string")}),
            optional({"default": STRING, "description": STRING, "enumNames": STRINGS, "title": STRING}),
        ),
        since="2025-11-25",
    ),
    Shape(
        "NumberSchema",
        (
            required({"type": OneOf(("integer", "number"))}),
            optional({"description": STRING, "maximum": NUMBER, "minimum": NUMBER, "title": STRING}),
            optional({"default": NUMBER}, since="2025-11-25"),
        ),
        since="2025-06-18",
    ),
    Shape(
        "PrimitiveSchemaDefinition",
        AnyOf((Ref("StringSchema"), Ref("NumberSchema"), Ref("BooleanSchema"), Ref("EnumSchema"))),
        since="2025-06-18",
        until="2025-11-25",
    ),
    Shape(
        "PrimitiveSchemaDefinition",
        AnyOf(
            (
                Ref("StringSchema"),
                Ref("NumberSchema"),
                Ref("BooleanSchema"),
                Ref("UntitledSingleSelectEnumSchema"),
                Ref("TitledSingleSelectEnumSchema"),
                Ref("UntitledMultiSelectEnumSchema"),
                Ref("TitledMultiSelectEnumSchema"),
                Ref("LegacyTitledEnumSchema"),
            )
        ),
        since="2025-11-25",
    ),
    Shape(
        "StringSchema",
        (
            required({"type": Const("string")}),
            optional(
                {
                    "description": STRING,
                    "format": OneOf(("date", "date-time", "email", "uri")),
                    "maxLength": INTEGER,
                    "minLength": INTEGER,
                    "title": STRING,
                }
            ),
            optional({"default": STRING}, since="2025-11-25"),
        ),
        since="2025-06-18",
    ),
    Shape(
        "TitledMultiSelectEnumSchema",
        (
            required(
                {
                    "items": ObjectOf(
                        (required({"anyOf": ListOf(ObjectOf((required({"const": STRING, "title": STRING}),)))}),)
                    ),
                    "type": Const("array"),
                }
            ),
            optional(
                {"default": STRINGS, "description": STRING, "maxItems": INTEGER, "minItems": INTEGER, "title": STRING}
            ),
        ),
        since="2025-11-25",
    ),
    Shape(
        "TitledSingleSelectEnumSchema",
        (
            required(
                {"oneOf": ListOf(ObjectOf((required({"const": STRING, "title": STRING}),))), "type": Const("string")}
            ),
            optional({"default": STRING, "description": STRING, "title": STRING}),
        ),
        since="2025-11-25",
    ),
    Shape(
        "UntitledMultiSelectEnumSchema",
        (
            required(
                {"items": ObjectOf((required({"enum": STRINGS, "type": Const("string")}),)), "type": Const("array")}
            ),
            optional(
                {"default": STRINGS, "description": STRING, "maxItems": INTEGER, "minItems": INTEGER, "title": STRING}
            ),
        ),
        since="2025-11-25",
    ),
    Shape(
        "UntitledSingleSelectEnumSchema",
        (
            required({"enum": STRINGS, "type": Const("string")}),
            optional({"default": STRING, "description": STRING, "title": STRING}),
        ),
        since="2025-11-25",
    ),
)
