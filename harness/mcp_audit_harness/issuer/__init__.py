"""A test authorization server on loopback, so that servers behind OAuth 2.1 can be attacked in full.

It needs the extra `server`. Its key is written to a file: who has that can sign any token, so it is for tests only.
"""
