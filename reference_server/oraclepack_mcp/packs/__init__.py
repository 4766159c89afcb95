"""The pack format: finding the block, reading its steps, judging them by profiles; bytes in, values out."""
