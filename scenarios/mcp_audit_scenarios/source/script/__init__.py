"""Rules over TypeScript and JavaScript: twins of the rules for Python, and those that only these languages need."""
