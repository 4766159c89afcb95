"""Conformance: one module per page of the specification."""
