"""Programs as processes of Intel's Lava: its CPU models, or its chips, by the run configuration."""
