"""Faults that many requests bring out: one alone meets nothing of them."""
