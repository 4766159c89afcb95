"""Whose fault it was, as a type. Foreign exceptions are mapped to these at one boundary, where they come up."""


class AuditError(Exception):
    """Something that ends an audit, with one sentence that says why."""


class TargetError(AuditError):
    """The fault of the target, or of the network on the way to it."""


class HarnessError(AuditError):
    """A fault of the harness, or of a scenario that uses it wrongly; never held against the target."""
