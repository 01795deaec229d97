"""what executes a program: the reference (the oracle) and boards."""
