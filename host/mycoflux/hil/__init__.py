"""plants, the closed loop, recordings."""
