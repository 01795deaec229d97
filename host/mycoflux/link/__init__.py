"""byte streams to boards, and the session with one board; knows nothing of neurons."""
