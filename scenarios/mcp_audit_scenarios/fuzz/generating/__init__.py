"""Strategies of Hypothesis for arguments; every module of this package needs the extra `fuzz`."""
