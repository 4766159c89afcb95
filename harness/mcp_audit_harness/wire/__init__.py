"""Messages and what may be sent when: pure, without I/O."""
