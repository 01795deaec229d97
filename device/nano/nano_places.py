"""Addresses in the board's flash, for a runtime that lies there; where it is read from files, 0 and no bound.

The installer puts them where they are used; as `nano_context`, this does not go onto the board.
"""

KERNEL = 0
CHECK = 0
TABLES = 0
FLASH = 0
SLOT = 0  # of the program
ROOM = 0xFFFF  # bytes of the largest image
