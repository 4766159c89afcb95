"""The search for inputs that a target handles wrongly: generation, shrinking and replay by Hypothesis.

Needs the extra `fuzz`; what is imported here without it are settings only.
"""
