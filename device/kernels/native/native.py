"""The native kernel as MicroPython sees it: what stands in its .mpy beside the machine code, which is `run`.

A kernel that does whole ticks: instead of stages it has `bind`, `tick` and `forget`.
"""

from array import array

import micropython

from myco import plan

NAME = "native"


@micropython.viper
def run(op: int) -> int:
    """The kernel (myco.plan): its builder puts machine code in place of this."""
    return op


def bind(s):
    """The plan of engine `s`, by which its ticks run. Raises ValueError where its image lies crooked."""
    words = array("l", range(plan.words(s.header)))
    buffers = (s.image, s.u, s.v, s.extra, s.drive, s.inputs, s.sigma, s.traces, s.outputs)
    buffers += (s.fired, s.payload, s.segments, s.slots, s.phases, words)
    if run(plan.BIND, words, *buffers) != plan.DONE:
        raise ValueError
    return words


def tick(words):
    """All of a tick."""
    run(1, words)  # plan.TICK


def forget(words):
    """State was written from outside: nothing is known to be at rest."""
    run(6, words)  # plan.FORGET
