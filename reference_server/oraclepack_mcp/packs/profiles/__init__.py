"""The rules of the original's other validators, one module for each program; bytes in, findings out."""
