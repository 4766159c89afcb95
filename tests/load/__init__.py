"""Servers under load for some seconds each: they measure time, so nothing else should run beside them."""
