"""The mycoflux device runtime: plain MicroPython (1.19 or later) that CPython runs too.

Integers only, buffers made at load, nothing imported from the host. Modules that both sides need
(`wire`, `layout`, `crc`, `arith`) exist here once; the host imports these very files.
"""

VERSION = (0, 1, 0)
