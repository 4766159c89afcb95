"""Servers of known behaviour, and the outcome that each of them requires of the harness.

Checks that pass against a dead host, or a host that grants everything, are worth nothing; these cases prove that ours
do not (`mcp-audit calibrate`).
"""
