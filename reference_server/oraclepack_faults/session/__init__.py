"""Faults in the lifecycle, in ids and in state."""
