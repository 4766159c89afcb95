"""Notifications of a server."""

from .meta import NOTIFICATION_META
from .shapes import (
    ANYTHING,
    BOOLEAN,
    NUMBER,
    OBJECT,
    STRING,
    STRINGS,
    Const,
    ObjectOf,
    OneOf,
    Ref,
    Shape,
    optional,
    required,
)

NOTIFICATIONS = (
    Shape(
        "CancelledNotification",
        (
            required({"method": Const("notifications/cancelled")}),
            required(
                {
                    "params": ObjectOf(
                        (
                            required({"requestId": Ref("RequestId")}),
                            optional({"reason": STRING}),
                        )
                    )
                },
                until="2025-11-25",
            ),
            required({"params": Ref("CancelledNotificationParams"), "jsonrpc": Const("2.0")}, since="2025-11-25"),
        ),
    ),
    Shape(
        "CancelledNotificationParams",
        (
            optional({"reason": STRING}),
            optional({"_meta": OBJECT, "requestId": Ref("RequestId")}, until="2026-07-28"),
            required({"requestId": Ref("RequestId")}, since="2026-07-28"),
            optional({"_meta": Ref("NotificationMetaObject")}, since="2026-07-28"),
        ),
        since="2025-11-25",
    ),
    Shape("LoggingLevel", OneOf(("alert", "critical", "debug", "emergency", "error", "info", "notice", "warning"))),
    Shape(
        "LoggingMessageNotification",
        (
            required({"method": Const("notifications/message")}),
            required(
                {
                    "params": ObjectOf(
                        (
                            required({"data": ANYTHING, "level": Ref("LoggingLevel")}),
                            optional({"logger": STRING}),
                        )
                    )
                },
                until="2025-11-25",
            ),
            required({"params": Ref("LoggingMessageNotificationParams"), "jsonrpc": Const("2.0")}, since="2025-11-25"),
        ),
    ),
    Shape(
        "LoggingMessageNotificationParams",
        (
            required({"data": ANYTHING, "level": Ref("LoggingLevel")}),
            optional({"logger": STRING}),
            *NOTIFICATION_META,
        ),
        since="2025-11-25",
    ),
    Shape(
        "ProgressNotification",
        (
            required({"method": Const("notifications/progress")}),
            required(
                {
                    "params": ObjectOf(
                        (
                            required({"progress": NUMBER, "progressToken": Ref("ProgressToken")}),
                            optional({"total": NUMBER}),
                        )
                    )
                },
                until="2025-03-26",
            ),
            required(
                {
                    "params": ObjectOf(
                        (
                            required({"progress": NUMBER, "progressToken": Ref("ProgressToken")}),
                            optional({"message": STRING, "total": NUMBER}),
                        )
                    )
                },
                since="2025-03-26",
                until="2025-11-25",
            ),
            required({"params": Ref("ProgressNotificationParams"), "jsonrpc": Const("2.0")}, since="2025-11-25"),
        ),
    ),
    Shape(
        "ProgressNotificationParams",
        (
            required({"progress": NUMBER, "progressToken": Ref("ProgressToken")}),
            optional({"message": STRING, "total": NUMBER}),
            *NOTIFICATION_META,
        ),
        since="2025-11-25",
    ),
    Shape(
        "PromptListChangedNotification",
        (
            required({"method": Const("notifications/prompts/list_changed")}),
            optional({"params": ObjectOf((optional({"_meta": OBJECT}),))}, until="2025-11-25"),
            required({"jsonrpc": Const("2.0")}, since="2025-11-25"),
            optional({"params": Ref("NotificationParams")}, since="2025-11-25"),
        ),
    ),
    Shape(
        "ResourceListChangedNotification",
        (
            required({"method": Const("notifications/resources/list_changed")}),
            optional({"params": ObjectOf((optional({"_meta": OBJECT}),))}, until="2025-11-25"),
            required({"jsonrpc": Const("2.0")}, since="2025-11-25"),
            optional({"params": Ref("NotificationParams")}, since="2025-11-25"),
        ),
    ),
    Shape(
        "ResourceUpdatedNotification",
        (
            required({"method": Const("notifications/resources/updated")}),
            required({"params": ObjectOf((required({"uri": STRING}),))}, until="2025-11-25"),
            required({"params": Ref("ResourceUpdatedNotificationParams"), "jsonrpc": Const("2.0")}, since="2025-11-25"),
        ),
    ),
    Shape(
        "ResourceUpdatedNotificationParams",
        (
            required({"uri": STRING}),
            *NOTIFICATION_META,
        ),
        since="2025-11-25",
    ),
    Shape(
        "SubscriptionFilter",
        (
            optional(
                {
                    "promptsListChanged": BOOLEAN,
                    "resourceSubscriptions": STRINGS,
                    "resourcesListChanged": BOOLEAN,
                    "toolsListChanged": BOOLEAN,
                }
            ),
        ),
        since="2026-07-28",
    ),
    Shape(
        "SubscriptionsAcknowledgedNotification",
        (
            required(
                {
                    "jsonrpc": Const("2.0"),
                    "method": Const("notifications/subscriptions/acknowledged"),
                    "params": Ref("SubscriptionsAcknowledgedNotificationParams"),
                }
            ),
        ),
        since="2026-07-28",
    ),
    Shape(
        "SubscriptionsAcknowledgedNotificationParams",
        (required({"notifications": Ref("SubscriptionFilter")}), optional({"_meta": Ref("NotificationMetaObject")})),
        since="2026-07-28",
    ),
    Shape(
        "SubscriptionsListenResult",
        (required({"_meta": Ref("SubscriptionsListenResultMetaObject"), "resultType": STRING}),),
        since="2026-07-28",
    ),
    Shape(
        "SubscriptionsListenResultMetaObject",
        (
            required({"io.modelcontextprotocol/subscriptionId": Ref("RequestId")}),
            optional({"io.modelcontextprotocol/serverInfo": Ref("Implementation")}),
        ),
        since="2026-07-28",
    ),
    Shape(
        "ToolListChangedNotification",
        (
            required({"method": Const("notifications/tools/list_changed")}),
            optional({"params": ObjectOf((optional({"_meta": OBJECT}),))}, until="2025-11-25"),
            required({"jsonrpc": Const("2.0")}, since="2025-11-25"),
            optional({"params": Ref("NotificationParams")}, since="2025-11-25"),
        ),
    ),
)
