"""RESET: every u, v, trace, pending spike to zero, tick to 0."""

from myco import wire


def handle(server, _):
    """Reply ACK."""
    server.run("load", server.running().image)
    return wire.ACK, 0
