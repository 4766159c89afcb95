"""Runs of packs: what is asked for, planned, confirmed, recorded, and executed."""
