"""The resources: fixed ones, one for each pack, and templates that reach any pack, run or store."""
