"""Reading a source tree: what it is, what is wrong in it, at which line."""
