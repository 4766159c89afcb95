"""The tools: what clients see of them, and the one line each that asks the domain.

The list is always the same, in the same order, whoever asks and whatever is switched on.
"""
