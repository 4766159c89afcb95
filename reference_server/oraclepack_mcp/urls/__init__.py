"""Stored URLs: where the questions of a pack are sent, by name, for a pack or for all of an operator's packs."""
