"""Faults in the shape of JSON-RPC messages."""
