"""The arguments of the tools. Strict: what the schema does not allow is refused, nothing is converted."""
