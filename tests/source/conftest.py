"""Samples are read as text; none of them is a test."""

collect_ignore_glob = ["samples/*"]
