"""The second clock: ticks when the board's own time says so, and an account of how well that went.

Tick k is due at start + k * period. Each time that was due ends as one of

- a tick that began within its own period (its lateness, the jitter, is in the bins),
- a tick that began later: *late*, one of at most CATCH_UP that are made up for one after the other,
- an *overrun*: beyond those, no tick was run for it, and the program's time falls behind the world's.

So ticks + overruns is the time that has passed, in periods. A tick has *missed* its deadline if it ended when
the next was due already. Counters stay at COUNT_MAX once they are there.

Polled, not interrupted (docs/decisions/015-real-time.md). Nothing here allocates after the start; every
number stays below 2^30, and so is no heap integer on any board.
"""

from array import array

from myco import wire

CATCH_UP = 4  # late ticks that follow one another without a pause, before times that were due are given up
PERIOD_MAX = 1 << 26  # us; a lateness of CATCH_UP + 1 periods is below 2^29
COUNT_MAX = 0x3FFFFFFF
_SUM_BITS = 24  # of the low part of a sum: with a lateness added, below 2^30
_SUM_MASK = 0xFFFFFF
_EARLY_US = 2000  # a wait in ms ends this much before a tick is due; the rest is polled


class RealTime:
    """When ticks are due, and what became of them.

    time: an object with MicroPython's `ticks_us`, `ticks_diff` and `ticks_add`, such as its module `time`.
    """

    def __init__(self, time):
        self._time = time
        self.running = False
        self.counts = array("i", [0] * wire.CLOCK_SIZE)  # READ_CLOCK
        self.hosts_lost = False  # nobody has asked anything for too long: outputs are to be 0
        self._due = 0
        self._patience = 0
        self._silent = 0  # ticks since a request

    def start(self, period_us, patience):
        """Run from now on; the first tick is due a period from now.

        period_us: 1..PERIOD_MAX. patience: ticks without a request until the host is lost, 0 for never.
        """
        counts = self.counts
        for i in range(wire.CLOCK_SIZE):
            counts[i] = 0
        counts[wire.CLOCK_STATE] = wire.RUNNING
        self.set_period(period_us)
        self._patience = min(patience, COUNT_MAX)
        self.heard()
        self._due = self._time.ticks_add(self._time.ticks_us(), period_us)
        self.running = True

    def set_period(self, period_us):
        """Another period: the next tick is due after one of it at most."""
        self.counts[wire.CLOCK_PERIOD] = period_us
        soonest = self._time.ticks_add(self._time.ticks_us(), period_us)
        if self._time.ticks_diff(self._due, soonest) > 0:
            self._due = soonest

    def stop(self, state=wire.HALTED):
        """Run no more. state: HALTED or FAILED, for whoever reads the counters."""
        if self.running:
            self.running = False
            self.counts[wire.CLOCK_STATE] = state

    def heard(self):
        """A request came: the host is there."""
        self._silent = 0
        self.hosts_lost = False

    def left_us(self):
        """Microseconds until the next tick is due; 0 or less if it is."""
        left = -self._time.ticks_diff(self._time.ticks_us(), self._due)
        if left > self.counts[wire.CLOCK_PERIOD]:
            # Only if the board slept for half of its clock's range: how many were due cannot be told.
            self._due = self._time.ticks_us()
            self._count(wire.CLOCK_OVERRUNS, 1)
            return 0
        return left

    def wait_ms(self, most):
        """How many ms, of `most`, may be slept through before the next tick."""
        if not self.running:
            return most
        left = self.left_us() - _EARLY_US
        return 0 if left < 1000 else min(left // 1000, most)

    def begin(self):
        """The tick that is due begins now: returns that time, for `end`."""
        now = self._time.ticks_us()
        period = self.counts[wire.CLOCK_PERIOD]
        late = self._time.ticks_diff(now, self._due)
        lost = late // period - CATCH_UP
        if lost > 0:
            self._count(wire.CLOCK_OVERRUNS, lost)
            self._due = self._time.ticks_add(self._due, lost * period)
            late -= lost * period
        if late >= period:
            self._count(wire.CLOCK_LATE, 1)
        self._add(wire.CLOCK_LATENESS, late)
        place = wire.CLOCK_BINS
        while late and place < wire.CLOCK_SIZE - 1:
            late >>= 1
            place += 1
        self._count(place, 1)
        self._count(wire.CLOCK_TICKS, 1)
        return now

    def end(self, begun):
        """The tick that began at `begun` is done."""
        now = self._time.ticks_us()
        self._add(wire.CLOCK_DURATION, self._time.ticks_diff(now, begun))
        self._due = self._time.ticks_add(self._due, self.counts[wire.CLOCK_PERIOD])
        if self._time.ticks_diff(now, self._due) >= 0:
            self._count(wire.CLOCK_MISSED, 1)
        if self._patience and not self.hosts_lost:
            self._silent += 1
            if self._silent >= self._patience:
                self.hosts_lost = True
                self._count(wire.CLOCK_HOSTS_LOST, 1)

    def _count(self, place, n):
        value = self.counts[place]
        self.counts[place] = COUNT_MAX if value > COUNT_MAX - n else value + n

    def _add(self, place, us):
        """Account for `us`, below 2^29: the worst at `place`, the sum in two parts behind it."""
        counts = self.counts
        if us > counts[place]:
            counts[place] = us
        low = counts[place + 1] + us
        counts[place + 1] = low & _SUM_MASK
        self._count(place + 2, low >> _SUM_BITS)
