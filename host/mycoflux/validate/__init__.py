"""comparisons of recordings, and pictures of them."""
