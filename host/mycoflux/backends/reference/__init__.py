"""the oracle in integers."""
