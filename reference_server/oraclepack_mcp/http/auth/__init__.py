"""The server as an OAuth resource server: who a token speaks for, and what the answer is without one."""
