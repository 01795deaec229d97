"""The mycoflux device runtime: plain MicroPython (1.19 or later) that CPython runs too.

Integers only, buffers made at load, nothing imported from the host. Modules that both sides need
(`wire`, `layout`, `crc`, `arith`) exist here once; the host imports these very files.
"""

import gc

VERSION = (0, 1, 0)

if hasattr(gc, "threshold"):
    # Compiling leaves garbage between what stays. Collected often, it leaves the heap in one piece, which the
    # program will want; `main.run` switches this off.
    gc.threshold(8192)
