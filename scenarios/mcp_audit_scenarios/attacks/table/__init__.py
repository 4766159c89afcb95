"""Which checks try which known attack: a file for each group of attacks."""
