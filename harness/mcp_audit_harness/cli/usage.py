"""Wrong usage: the operator's words cannot be followed."""


class UsageError(Exception):
    """Ends the program with exit code 2 and one line."""
