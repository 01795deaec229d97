"""The native kernel's plan: a program's buffers by address, and what it can be asked to do.

`plan` is an array of machine words (`array("l")`). `run(BIND, plan, image, u, v, ...)`, with the engine's
buffers in the order of the words below, stores where they lie; the engine keeps them alive. Behind these the
plan holds POPULATION_WORDS words a population and then one a projection, which are the kernel's own. All
other state stays in the engine's arrays, and may be read and written between calls; who writes state that was
zero says so with FORGET.

`device/kernels/native` is the kernel; these numbers reach its C through `firmware_tools/build_kernels.py`.
"""

IMAGE = 0  # bytes that begin on a multiple of 4
U = 1
V = 2
EXTRA = 3
DRIVE = 4
INPUTS = 5
SIGMA = 6
TRACES = 7
OUTPUTS = 8
FIRED = 9
PAYLOAD = 10
SEGMENTS = 11
SLOTS = 12
PHASES = 13
PARTS = 14  # where the words of the populations begin

AWAKE = 0  # of a population's words: not 0 where some neuron may be not at rest
ARRIVED = 1  # and a bit for each slot of its ring, 32 a word: something may have arrived in it
POPULATION_WORDS = 3

# What `run(op, plan, ...)` does; where no result is named, the number of neurons that fired. A board asks for
# whole ticks: the stages are there to be measured and tested by themselves.
BIND = 0  # (buffers): DONE or CROOKED
TICK = 1  # all of a tick
INTEGRATE = 2  # (from, to): populations; for those between, somebody else does it
SENSE = 3
PROPAGATE = 4  # (from, to): projections
ACTUATE = 5  # and turn the rings
FORGET = 6  # that anything is at rest: after state was written from outside
MEASURE = 7  # (projection): bytes of its straight-line code, 0 where none can be made
EMIT = 8  # (projection, address, a multiple of 4): make it there and check it; its bytes, 0 if it is wrong
DROP = 9  # all straight-line code: it runs no more

DONE = 0
CROOKED = -1  # the image begins on no multiple of 4: nothing is bound
UNKNOWN = -2


def words(header):
    """How many words the plan of a program with this `layout.Header` has."""
    return PARTS + POPULATION_WORDS * header.populations + header.projections
