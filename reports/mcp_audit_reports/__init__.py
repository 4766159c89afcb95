"""Presentation: every module renders a finished report."""
