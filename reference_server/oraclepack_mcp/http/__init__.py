"""Serving over Streamable HTTP: the app, who may call it, how often, and the process that listens."""
