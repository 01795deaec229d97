"""mycoflux: write a spiking circuit once; run the same integers on a desktop and on a microcontroller.

Rooms, in the order imports may go (each may use those to its right, never to its left):
`cli -> hil, deploy, validate -> backends -> compiler, link -> program, circuit`, and below them the
device's own modules (`myco`), which exist once and are imported from here.
"""

__version__ = "0.1.0"
