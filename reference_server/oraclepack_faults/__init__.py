"""Every named way to break the reference server, as wrappers around it."""
