"""circuit to program: one pass a file, each a pure function of frozen data."""
