"""Bytes and frames between the harness and a target, bounded; nothing here knows a JSON-RPC conversation."""
