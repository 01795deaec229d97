"""PUT_DATA: a piece of an image."""

from myco import wire


def handle(server, payload):
    """Reply ACK."""
    at = payload[0] | payload[1] << 8 | payload[2] << 16 | payload[3] << 24
    image = server.incoming
    if image is None or at != server.received or at + len(payload) - 4 > len(image):
        raise KeyError(wire.E_WRONG_OFFSET, server.received)
    for i in range(4, len(payload)):
        image[at] = payload[i]
        at += 1
    server.received = at
    return wire.ACK, 0
