"""Which files the server may touch, and how it opens them."""
