"""One board's share of a program, alive, on a board with 9 KB of heap: same integers, fewer names.

`myco.engine` says what a tick is; this differs only in what memory demands. The buffers are made by
`load`, which is in memory only while it works.
"""

from nano_loops import (
    deliver_graded,
    encode_nonzero,
    encode_rate,
    integrate,
    level_step,
    level_value,
    spikes_between,
    winner_step,
    winner_value,
)

from myco import layout
from myco.engine import TICK_MASK


class Engine:
    """State and records of a program; `load` fills it in."""

    def tick(self):
        """Execute one tick. Allocates nothing."""
        self.spike()
        self.propagate()
        self.actuate()
        self.tick_count = (self.tick_count + 1) & TICK_MASK

    def spike(self):
        """Integrate neurons and encode readings: who spikes in this tick. Turns the rings."""
        fired = self.fired
        slots = self.slots
        segments = self.segments
        count = group = 0
        for first, size, du, dv, vth, mantissa, exponent, depth, ring, _, _, _, _ in self.populations:
            slot = slots[group]
            count = integrate(
                self.u,
                self.v,
                self.drive,
                ring + slot * size,
                first,
                size,
                du,
                dv,
                mantissa << exponent,
                vth,
                fired,
                count,
            )
            slots[group] = (slot + 1) % depth
            group += 1
            segments[group] = count
        self.spikes = count
        base = self.neurons
        inputs = self.inputs
        for kind, _, first, size, rate in self.sensors:
            if kind == layout.ENCODE_RATE:
                count = encode_rate(inputs, self.sigma, first, size, rate, base, fired, count)
            else:
                count = encode_nonzero(inputs, first, size, base, fired, count)
            group += 1
            segments[group] = count

    def propagate(self):
        """Deliver the spikes of this tick into the rings, which have turned already."""
        segments = self.segments
        populations = self.populations
        for table, shift, delay, sign, first, sources, target, group, rows, targets, weights in self.projections:
            _, size, _, _, _, _, _, depth, ring, _, _, _, _ = populations[target]
            sensor = group - len(populations)
            graded = sensor >= 0 and self.sensors[sensor][0] == layout.ENCODE_CURRENT
            for k in range(segments[group], segments[group + 1]):
                source = self.fired[k]
                if first <= source < first + sources:
                    deliver_graded(
                        self.image,
                        table,
                        shift if graded else 0,
                        sign,
                        first,
                        size,
                        rows,
                        targets,
                        weights,
                        source,
                        self.inputs[source - self.neurons] if graded else 1 << shift,
                        self.drive,
                        ring + (self.slots[target] + delay) % depth * size,
                    )

    def actuate(self):
        """Decode the neurons' spikes of this tick into outputs."""
        end = self.spikes
        fired = self.fired
        traces = self.traces
        i = 0
        for kind, before, after, _, first, size, decay, gain, ceiling, at in self.actuators:
            if kind == layout.DECODE_WINNER:
                winner_step(traces, at, size, decay, fired, 0, end, first)
                value = winner_value(traces, at, size)
            else:
                value = level_step(traces[at], spikes_between(fired, 0, end, first, size), decay)
                traces[at] = value
                value = level_value(value, before, gain, after, ceiling)
            self.outputs[i] = value
            i += 1
