"""Tasks of 2025-11-25: requests whose results are fetched later."""

from .shapes import (
    INTEGER,
    OBJECT,
    STRING,
    AllOf,
    Const,
    ListOf,
    ObjectOf,
    OneOf,
    Plain,
    Ref,
    Shape,
    optional,
    required,
)

TASKS = (
    Shape(
        "CancelTaskRequest",
        (
            required(
                {
                    "id": Ref("RequestId"),
                    "jsonrpc": Const("2.0"),
                    "method": Const("tasks/cancel"),
                    "params": ObjectOf((required({"taskId": STRING}),)),
                }
            ),
        ),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape("CancelTaskResult", AllOf((Ref("Result"), Ref("Task"))), since="2025-11-25", until="2026-07-28"),
    Shape(
        "CreateTaskResult",
        (required({"task": Ref("Task")}), optional({"_meta": OBJECT})),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "GetTaskPayloadRequest",
        (
            required(
                {
                    "id": Ref("RequestId"),
                    "jsonrpc": Const("2.0"),
                    "method": Const("tasks/result"),
                    "params": ObjectOf((required({"taskId": STRING}),)),
                }
            ),
        ),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape("GetTaskPayloadResult", (optional({"_meta": OBJECT}),), since="2025-11-25", until="2026-07-28"),
    Shape(
        "GetTaskRequest",
        (
            required(
                {
                    "id": Ref("RequestId"),
                    "jsonrpc": Const("2.0"),
                    "method": Const("tasks/get"),
                    "params": ObjectOf((required({"taskId": STRING}),)),
                }
            ),
        ),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape("GetTaskResult", AllOf((Ref("Result"), Ref("Task"))), since="2025-11-25", until="2026-07-28"),
    Shape(
        "ListTasksRequest",
        (
            required({"id": Ref("RequestId"), "jsonrpc": Const("2.0"), "method": Const("tasks/list")}),
            optional({"params": Ref("PaginatedRequestParams")}),
        ),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "ListTasksResult",
        (required({"tasks": ListOf(Ref("Task"))}), optional({"_meta": OBJECT, "nextCursor": STRING})),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "Task",
        (
            required(
                {
                    "createdAt": STRING,
                    "lastUpdatedAt": STRING,
                    "status": Ref("TaskStatus"),
                    "taskId": STRING,
                    "ttl": Plain(("integer", "null")),
                }
            ),
            optional({"pollInterval": INTEGER, "statusMessage": STRING}),
        ),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape("TaskMetadata", (optional({"ttl": INTEGER}),), since="2025-11-25", until="2026-07-28"),
    Shape(
        "TaskStatus",
        OneOf(("cancelled", "completed", "failed", "input_required", "working")),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "TaskStatusNotification",
        (
            required(
                {
                    "jsonrpc": Const("2.0"),
                    "method": Const("notifications/tasks/status"),
                    "params": Ref("TaskStatusNotificationParams"),
                }
            ),
        ),
        since="2025-11-25",
        until="2026-07-28",
    ),
    Shape(
        "TaskStatusNotificationParams",
        AllOf((Ref("NotificationParams"), Ref("Task"))),
        since="2025-11-25",
        until="2026-07-28",
    ),
)
