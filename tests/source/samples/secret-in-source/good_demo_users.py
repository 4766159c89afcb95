"""Make users to try the server with."""

USERS = [{"name": "alice", "password": "W1nter-alice-77"}]  # good
