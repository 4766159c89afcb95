"""Members that many shapes have in common, each with the revisions for which it holds.

A shape takes them over with a star. Open metadata came to the objects inside messages in 2025-06-18; in 2026-07-28
results, notifications and everything else each got metadata of a kind of their own, and every result its kind.
"""

from .shapes import FRACTION, NATURAL, OBJECT, STRING, ListOf, ObjectOf, OneOf, Ref, optional, required

STATELESS = "2026-07-28"
"""The first revision without a handshake."""

META = (
    optional({"_meta": OBJECT}, since="2025-06-18", until=STATELESS),
    optional({"_meta": Ref("MetaObject")}, since=STATELESS),
)
"""Metadata of an object inside a message."""

NOTIFICATION_META = (
    optional({"_meta": OBJECT}, until=STATELESS),
    optional({"_meta": Ref("NotificationMetaObject")}, since=STATELESS),
)
"""Metadata in the params of a notification."""

RESULT = (
    optional({"_meta": OBJECT}, until=STATELESS),
    required({"resultType": STRING}, since=STATELESS),
    optional({"_meta": Ref("ResultMetaObject")}, since=STATELESS),
)
"""What every result has."""

CACHED = (required({"cacheScope": OneOf(("private", "public")), "ttlMs": NATURAL}, since=STATELESS),)
"""What a result says of how long, in milliseconds, and for whom it may be kept."""

ANNOTATED = (
    optional(
        {"annotations": ObjectOf((optional({"audience": ListOf(Ref("Role")), "priority": FRACTION}),))},
        until="2025-03-26",
    ),
    optional({"annotations": Ref("Annotations")}, since="2025-03-26"),
)
"""Who something is for, and how much it matters."""

PROGRESS_META = ObjectOf((optional({"progressToken": Ref("ProgressToken")}),))
"""Metadata of a request that may ask for progress."""

REQUEST_PARAMS = ObjectOf((optional({"_meta": PROGRESS_META}),))
"""Params of a request that needs none."""
