"""simulated bodies and worlds, one a file."""
