"""Python sources: modules, the tools that they define, and where the arguments of a client flow to."""
