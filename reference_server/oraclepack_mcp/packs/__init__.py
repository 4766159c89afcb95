"""The pack format: finding the block, reading its steps, judging them by the runner's rules; bytes in, values out."""
