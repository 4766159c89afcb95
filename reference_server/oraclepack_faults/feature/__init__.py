"""Faults in tools, resources, prompts and the other features."""
