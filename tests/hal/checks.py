"""What tests use under CPython and MicroPython alike."""

import gc

try:
    from micropython import heap_lock, heap_unlock
except ImportError:

    def heap_lock():
        pass

    def heap_unlock():
        pass


def locked(step, times=1000):
    """Call step(0), step(1), ... with the heap locked, where there is a lock."""
    gc.collect()
    heap_lock()
    try:
        for i in range(times):
            step(i)
    finally:
        heap_unlock()


def raises(error, call, *arguments):
    """The error of that class that the call raises."""
    try:
        call(*arguments)
    except error as found:
        return found
    raise AssertionError("nothing was raised")


class Chance:
    """Numbers that look random, the same everywhere: x' = (x * 1103 + 12345) mod 2^19."""

    def __init__(self, seed):
        self._x = seed & 0x7FFFF

    def below(self, end):
        """0..end - 1, for end up to 2^16."""
        self._x = (self._x * 1103 + 12345) & 0x7FFFF
        return (self._x >> 3) % end

    def between(self, low, high):
        """low..high, for distances below 2^20."""
        return low + (self.below(1 << 10) << 10 | self.below(1 << 10)) % (high - low + 1)
