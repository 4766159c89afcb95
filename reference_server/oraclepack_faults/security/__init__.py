"""Weaknesses of the program that this server replaces, each brought back by replacing a part."""
