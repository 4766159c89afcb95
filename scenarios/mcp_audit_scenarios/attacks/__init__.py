"""Attacks: one module per class."""
