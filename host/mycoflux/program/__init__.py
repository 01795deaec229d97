"""the integer-only program: its types and its binary image."""
