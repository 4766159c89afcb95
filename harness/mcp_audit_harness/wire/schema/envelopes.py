"""Envelopes of JSON-RPC, errors, and the metadata that every message may carry."""

from .meta import NOTIFICATION_META, PROGRESS_META, REQUEST_PARAMS
from .shapes import (
    ANYTHING,
    INTEGER,
    OBJECT,
    STRING,
    STRINGS,
    AllOf,
    AnyOf,
    Const,
    ListOf,
    MapOf,
    ObjectOf,
    Plain,
    Ref,
    Shape,
    optional,
    required,
)

ENVELOPES = (
    Shape("Error", (required({"code": INTEGER, "message": STRING}), optional({"data": ANYTHING})), since="2025-11-25"),
    Shape(
        "HeaderMismatchError",
        (
            required(
                {
                    "error": AllOf((Ref("Error"), ObjectOf((required({"code": Const(-32020)}),)))),
                    "jsonrpc": Const("2.0"),
                }
            ),
            optional({"id": Ref("RequestId")}),
        ),
        since="2026-07-28",
    ),
    Shape(
        "InternalError",
        (required({"code": Const(-32603), "message": STRING}), optional({"data": ANYTHING})),
        since="2026-07-28",
    ),
    Shape(
        "InvalidParamsError",
        (required({"code": Const(-32602), "message": STRING}), optional({"data": ANYTHING})),
        since="2026-07-28",
    ),
    Shape(
        "InvalidRequestError",
        (required({"code": Const(-32600), "message": STRING}), optional({"data": ANYTHING})),
        since="2026-07-28",
    ),
    Shape("JSONObject", MapOf(Ref("JSONValue")), since="2026-07-28"),
    Shape(
        "JSONRPCBatchResponse",
        ListOf(AnyOf((Ref("JSONRPCResponse"), Ref("JSONRPCError")))),
        since="2025-03-26",
        until="2025-06-18",
    ),
    Shape(
        "JSONRPCError",
        (
            required(
                {
                    "error": ObjectOf(
                        (
                            required({"code": INTEGER, "message": STRING}),
                            optional({"data": ANYTHING}),
                        )
                    ),
                    "id": Ref("RequestId"),
                    "jsonrpc": Const("2.0"),
                }
            ),
        ),
        until="2025-11-25",
    ),
    Shape(
        "JSONRPCErrorResponse",
        (required({"error": Ref("Error"), "jsonrpc": Const("2.0")}), optional({"id": Ref("RequestId")})),
        since="2025-11-25",
    ),
    Shape(
        "JSONRPCNotification",
        (
            required({"jsonrpc": Const("2.0"), "method": STRING}),
            optional({"params": ObjectOf((optional({"_meta": OBJECT}),))}, until="2025-11-25"),
            optional({"params": OBJECT}, since="2025-11-25"),
        ),
    ),
    Shape(
        "JSONRPCRequest",
        (
            required({"id": Ref("RequestId"), "jsonrpc": Const("2.0"), "method": STRING}),
            optional(
                {"params": REQUEST_PARAMS},
                until="2025-11-25",
            ),
            optional({"params": OBJECT}, since="2025-11-25"),
        ),
    ),
    Shape(
        "JSONRPCResponse",
        (required({"id": Ref("RequestId"), "jsonrpc": Const("2.0"), "result": Ref("Result")}),),
        until="2025-11-25",
    ),
    Shape("JSONRPCResponse", AnyOf((Ref("JSONRPCResultResponse"), Ref("JSONRPCErrorResponse"))), since="2025-11-25"),
    Shape(
        "JSONRPCResultResponse",
        (required({"id": Ref("RequestId"), "jsonrpc": Const("2.0"), "result": Ref("Result")}),),
        since="2025-11-25",
    ),
    Shape("JSONValue", ANYTHING, since="2026-07-28"),
    Shape("MetaObject", OBJECT, since="2026-07-28"),
    Shape(
        "MethodNotFoundError",
        (required({"code": Const(-32601), "message": STRING}), optional({"data": ANYTHING})),
        since="2026-07-28",
    ),
    Shape(
        "MissingRequiredClientCapabilityError",
        (
            required(
                {
                    "error": AllOf(
                        (
                            Ref("Error"),
                            ObjectOf(
                                (
                                    required(
                                        {
                                            "code": Const(-32021),
                                            "data": ObjectOf(
                                                (required({"requiredCapabilities": Ref("ClientCapabilities")}),)
                                            ),
                                        }
                                    ),
                                )
                            ),
                        )
                    ),
                    "jsonrpc": Const("2.0"),
                }
            ),
            optional({"id": Ref("RequestId")}),
        ),
        since="2026-07-28",
    ),
    Shape(
        "NotificationMetaObject",
        (optional({"io.modelcontextprotocol/subscriptionId": Ref("RequestId")}),),
        since="2026-07-28",
    ),
    Shape(
        "NotificationParams",
        (*NOTIFICATION_META,),
        since="2025-11-25",
    ),
    Shape(
        "PaginatedRequestParams",
        (optional({"_meta": PROGRESS_META, "cursor": STRING}),),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "ParseError",
        (required({"code": Const(-32700), "message": STRING}), optional({"data": ANYTHING})),
        since="2026-07-28",
    ),
    Shape("ProgressToken", Plain(("string", "integer"))),
    Shape("RequestId", Plain(("string", "integer"))),
    Shape(
        "RequestParams",
        (optional({"_meta": PROGRESS_META}),),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "ResultMetaObject",
        (optional({"io.modelcontextprotocol/serverInfo": Ref("Implementation")}),),
        since="2026-07-28",
    ),
    Shape(
        "URLElicitationRequiredError",
        (
            required(
                {
                    "error": AllOf(
                        (
                            Ref("Error"),
                            ObjectOf(
                                (
                                    required(
                                        {
                                            "code": Const(-32042),
                                            "data": ObjectOf(
                                                (required({"elicitations": ListOf(Ref("ElicitRequestURLParams"))}),)
                                            ),
                                        }
                                    ),
                                )
                            ),
                        )
                    ),
                    "jsonrpc": Const("2.0"),
                }
            ),
            optional({"id": Ref("RequestId")}),
        ),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "UnsupportedProtocolVersionError",
        (
            required(
                {
                    "error": AllOf(
                        (
                            Ref("Error"),
                            ObjectOf(
                                (
                                    required(
                                        {
                                            "code": Const(-32022),
                                            "data": ObjectOf((required({"requested": STRING, "supported": STRINGS}),)),
                                        }
                                    ),
                                )
                            ),
                        )
                    ),
                    "jsonrpc": Const("2.0"),
                }
            ),
            optional({"id": Ref("RequestId")}),
        ),
        since="2026-07-28",
    ),
)
