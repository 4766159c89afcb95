"""Overrides: flags for the `oracle` calls of a pack that are put in without changing its file."""
