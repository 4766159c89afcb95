"""What the fuzzing of arguments finds on the reference server, clean and with faults."""
