"""Which kernel this board runs: native, viper, or bytecode, which is always there.

The machine code of the first two is a file for this board's processor, myco/native.mpy and myco/viper.mpy,
put there by a host that asked which. A file that does not load, or answers a small program other than it
must, is passed over; a host that installs one tries it first, so none that hangs stays.
"""

import gc
import sys

import myco

NAMES = ("native", "viper")  # fastest first


def choose():
    """The fastest kernel that is here and right."""
    for name in NAMES:
        if trial(name) == "right":
            return load(name)
        _unload(name)
    from myco import kernel

    return kernel


def load(name):
    """The kernel module `name`; None where it is not here, or not for this firmware."""
    try:
        return __import__("myco." + name, None, None, ("NAME",))
    except (ImportError, ValueError):
        return None


def trial(name):
    """What comes of trying the kernel `name`.

    "right", "wrong", "absent" (or not for this firmware), "memory": there is too little to tell.
    """
    try:
        kernel = load(name)
        return "absent" if kernel is None else "right" if _agrees(kernel) else "wrong"
    except MemoryError:
        return "memory"
    except Exception:
        return "wrong"


def _agrees(kernel):
    """Whether `kernel` runs the program of `myco.probe` as it must. Leaves nothing of it in memory."""
    try:
        from myco import probe

        return probe.digest(kernel) == probe.DIGEST
    finally:
        _unload("probe")


def _unload(name):
    if sys.modules.pop("myco." + name, None):
        delattr(myco, name)
    gc.collect()
