"""Conversations with a target: opens a transport, speaks an era, records everything in the transcript."""
