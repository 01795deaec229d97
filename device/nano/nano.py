"""The runtime for boards with 9 KB of heap (micro:bit v1): `import nano; nano.run()`.

The tick, the framing and the frequent requests are native code (`kernel/kernel.c`) that is read from a file
into a bytearray and jumped into: it costs no compiling, and a third of what bytecode takes. The rest needs
MicroPython: memory, files, the serial line. Semantics: `myco.server`.

Many small files, one after the other: compiling takes 1 KB and more than three times a file's size, on a
heap that fills up. The native code comes first, since it needs its memory in one piece.
"""

import gc

import micropython

micropython.opt_level(3)  # no line numbers: they cost heap in every function compiled from here on

import nano_code  # noqa: E402, F401

gc.collect()
import nano_program  # noqa: E402, F401

gc.collect()
import nano_requests  # noqa: E402, F401

gc.collect()
from nano_serve import run  # noqa: E402, F401
