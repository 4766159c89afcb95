"""What a target did under load, for people: words, a part of the console report, and a page with charts."""
