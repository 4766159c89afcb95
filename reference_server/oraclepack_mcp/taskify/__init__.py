"""Between the answers of a pack and the tasks made of them: Stage 2, Stage 3, tickets and groups of files."""
