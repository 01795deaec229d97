"""How long a tick takes: the pieces of work in it, and the instructions of each on a machine.

The pieces are those of `myco.engine`, in its order, with what single kernels do in another way than the rest;
what each takes is in the board file.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from myco import layout
from mycoflux.program.machine import NATIVE, Instructions, Machine
from mycoflux.program.neurons import AdaptiveLif, GeneralLif, Izhikevich, Lif, Neuron, TernaryLif
from mycoflux.program.tables import table_format
from mycoflux.program.types import DECODERS, Actuator, Population, Program, Projection

Floats = NDArray[np.float64]

_MODELS = {
    layout.MODEL_GENERAL_LIF: "general",
    layout.MODEL_ADAPTIVE_LIF: "adaptive",
    layout.MODEL_TERNARY_LIF: "ternary",
    layout.MODEL_RESONATE_FIRE: "resonator",
    layout.MODEL_RESONATE_RESET: "resonator",
    layout.MODEL_IZHIKEVICH: "izhikevich",
    layout.MODEL_GRADED: "graded_neuron",
    layout.MODEL_RECTIFIED: "graded_neuron",
}
_SYNAPSES = {
    layout.TABLE_DENSE: "dense",
    layout.TABLE_PACKED: "packed",
    layout.TABLE_SPARSE_16: "wide",
}
_CHOOSING = (layout.DECODE_WINNER, layout.DECODE_STRONGEST)
_COUNTING = (layout.DECODE_LEVEL, layout.DECODE_WINNER)
_SUMS_MOST = 256  # of the native kernel (hot.h): rows whose columns are summed up before they are added


@dataclass(frozen=True)
class Activity:
    """What happens in a tick, as probabilities or means.

    spikes: (neurons + channels,), of each source. awake: (populations,), whether the native kernel looks at
    its neurons: some may be not at rest. busy, reached: (populations,), the shares of neurons that are not at
    rest, and that something arrives at. read: (sensors,), the share of channels whose reading is not 0.
    traced: (actuators,), the share of neurons that have spiked of late.
    """

    spikes: Floats
    awake: Floats
    busy: Floats
    reached: Floats
    read: Floats
    traced: Floats


def uniform(program: Program, level: float) -> Activity:
    """Nothing happens anywhere (0), or all that can (1)."""
    sizes = (
        program.neurons + program.channels,
        *(len(program.populations),) * 3,
        len(program.sensors),
        len(program.actuators),
    )
    return Activity(*(np.full(size, level) for size in sizes))


class Work:
    """How often each piece of `Instructions` is done in a tick."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys((f.name for f in fields(Instructions)), 0.0)

    def add(self, **counts: float) -> None:
        """Add to the pieces named."""
        for name, count in counts.items():
            self.counts[name] += count

    def on(self, machine: Machine) -> float:
        """Instructions of it on `machine`."""
        return float(sum(count * getattr(machine.instructions, name) for name, count in self.counts.items()))


def can_rest(neuron: Neuron) -> bool:
    """Whether a neuron with all state at zero, to which nothing arrives, stays so; as in integrate.c."""
    if isinstance(neuron, Izhikevich) or neuron.bias or (isinstance(neuron, GeneralLif) and neuron.biases):
        return False
    if isinstance(neuron, AdaptiveLif) or neuron.model == layout.MODEL_RESONATE_RESET:
        return neuron.vth > 0
    return not isinstance(neuron, TernaryLif) or neuron.vth_lo <= 0


def work(program: Program, activity: Activity, kernel: str) -> Work:
    """The pieces of a tick in which `activity` happens, with that kernel."""
    done = Work()
    fired = float(activity.spikes[: program.neurons].sum())
    done.add(tick=1, spike=fired, event=float(activity.spikes[program.neurons :].sum()))
    each = zip(program.populations, activity.awake, activity.busy, activity.reached, strict=True)
    for population, awake, busy, reached in each:
        done.add(population=1)
        if kernel == NATIVE:
            _integrate_native(done, population, float(awake), float(busy), float(reached))
        else:
            _integrate(done, population, float(busy))
    for sensor, read in zip(program.sensors, activity.read, strict=True):
        done.add(sensor=1, channel=sensor.size)
        if sensor.encoder == layout.ENCODE_RATE:
            done.add(reading=sensor.size * float(read))
    for projection in program.projections:
        _deliver(done, program, projection, activity.spikes, kernel)
    for actuator, traced in zip(program.actuators, activity.traced, strict=True):
        own = float(activity.spikes[actuator.first : actuator.first + actuator.size].sum())
        _decode(done, actuator, fired, own, float(traced))
    return done


def _integrate(done: Work, population: Population, busy: float) -> None:
    neuron, size = population.neuron, population.size
    if isinstance(neuron, Lif):
        done.add(quiet=size * (1 - busy), neuron=size * busy)
        return
    done.add(**{"called" if isinstance(neuron, GeneralLif) else "model": 1})
    done.add(**{_MODELS[neuron.model]: size})
    if isinstance(neuron, Izhikevich):
        done.add(euler=size * neuron.steps)
    if isinstance(neuron, GeneralLif):
        done.add(receptor=size * len(neuron.receptor_du), bias=size * bool(neuron.biases))
        _reset(done, population, neuron)


def _integrate_native(done: Work, population: Population, awake: float, busy: float, reached: float) -> None:
    """A population at rest is passed over; of the plain and general LIF, in others each neuron at rest."""
    neuron, size = population.neuron, population.size
    done.add(awake=awake)
    quiet = size * max(awake - busy, 0.0)
    if isinstance(neuron, Lif):
        done.add(quiet=quiet, neuron=size * busy, arrival=size * reached)
    elif isinstance(neuron, GeneralLif):
        receptors = len(neuron.receptor_du)
        done.add(idle=quiet * (1 + receptors), general=size * busy, receptor=size * busy * receptors)
        done.add(bias=size * awake * bool(neuron.biases))
        _reset(done, population, neuron)
    else:
        done.add(**{_MODELS[neuron.model]: size * awake})
        if isinstance(neuron, Izhikevich):
            done.add(euler=size * neuron.steps)


def _reset(done: Work, population: Population, neuron: GeneralLif) -> None:
    if neuron.interval:
        done.add(periodic=1, reset=population.size * (2 + neuron.words) / neuron.interval)


def _deliver(done: Work, program: Program, projection: Projection, spikes: Floats, kernel: str) -> None:
    own = spikes[projection.first : projection.first + projection.sources]
    heard = float(own.sum())
    reach = own if kernel == NATIVE else spikes[_group(program, projection.group)]
    delivery = 1 - float(np.prod(1 - reach))
    done.add(table=1, delivery=delivery)
    table = table_format(projection)
    synapses = float(own @ np.diff(projection.rows))
    if table == layout.TABLE_DENSE:
        synapses = heard * projection.target_count
    if table == layout.TABLE_CONVOLUTION and projection.shared is not None:
        rows, columns = projection.shared.shape.kernel
        done.add(valued=delivery, window=heard, place=heard * rows * columns, shared=synapses)
    elif graded(program, projection.group):
        done.add(valued=delivery, value=heard, graded=synapses)
    elif table == layout.TABLE_DENSE and projection.target_count >= layout.STRIDE_MIN and kernel == NATIVE:
        _sum_up(done, projection, heard, delivery)
    else:
        done.add(**{"row": heard, _SYNAPSES[table]: synapses})


def _sum_up(done: Work, projection: Projection, heard: float, delivery: float) -> None:
    """Columns of all rows are summed up, 16 at a time and then 4, and added once for so many rows."""
    sixteen, left = divmod(projection.target_count, 16)
    four = -(-left // 4)
    done.add(row_16=heard * sixteen, row_4=heard * four)
    done.add(column=projection.target_count * max(delivery, heard / _SUMS_MOST))


def graded(program: Program, group: int) -> bool:
    """Whether the spikes of a source group carry values."""
    if group < len(program.populations):
        return program.populations[group].neuron.graded
    return bool(program.sensors[group - len(program.populations)].encoder == layout.ENCODE_CURRENT)


def _group(program: Program, group: int) -> slice:
    if group < len(program.populations):
        population = program.populations[group]
        return slice(population.first, population.first + population.size)
    sensor = program.sensors[group - len(program.populations)]
    first = program.neurons + sensor.first
    return slice(first, first + sensor.size)


def _decode(done: Work, actuator: Actuator, fired: float, own: float, traced: float) -> None:
    done.add(**{DECODERS[actuator.decoder]: 1})
    if actuator.decoder in _COUNTING:
        done.add(heard=fired, caught=own)
    if actuator.decoder in _CHOOSING:
        done.add(choice=actuator.size)
    if actuator.decoder == layout.DECODE_WINNER:
        done.add(trace=actuator.size * traced)
