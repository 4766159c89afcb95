"""Faults against the rules of HTTP and stdio."""
