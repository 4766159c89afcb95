"""Requests that are generated: from the schemas of what a server offers, from the grammar of messages, from a model."""
